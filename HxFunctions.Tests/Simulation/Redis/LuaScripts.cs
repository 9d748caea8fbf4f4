using System.Security.Cryptography;
using System.Text;
using KeraLua;
using StackExchange.Redis;

namespace HxFunctions.Tests.Simulation.Redis;

/// <summary>
/// Runs scripts as EVAL does, in one Lua state, which belongs to one thread at a time. No managed frame is ever jumped over: a command that
/// fails returns its error, and the prelude, which is Lua, raises it.
/// </summary>
internal sealed class LuaScripts : IDisposable
{
    private static readonly byte[] KeysName = Bytes.Of("KEYS");
    private static readonly byte[] ArgvName = Bytes.Of("ARGV");

    private readonly Lua _lua = new(openLibs: true) { Encoding = Encoding.Latin1 };
    private readonly Func<byte[][], Reply> _command;

    // Lua holds a bare pointer to it.
    private readonly LuaFunction _called;
    private readonly int _environment;
    private readonly int _compile;
    private readonly int _handler;
    private readonly Dictionary<string, Script> _scripts = new(StringComparer.Ordinal);
    private Script? _last;
    private Exception? _crash;
    private int _isRunning;

    /// <param name="command">Runs a command of a script. The first of its arguments is its name.</param>
    public LuaScripts(Func<byte[][], Reply> command)
    {
        _command = command;
        _called = Called;
        if (_lua.LoadBuffer(Encoding.ASCII.GetBytes(LuaPrelude.Text), "=prelude") != LuaStatus.OK)
        {
            throw new InvalidOperationException(_lua.ToString(-1));
        }

        _lua.PushCFunction(_called);
        if (_lua.PCall(1, 3, 0) != LuaStatus.OK)
        {
            throw new InvalidOperationException(_lua.ToString(-1));
        }

        _handler = _lua.Ref(LuaRegistry.Index);
        _compile = _lua.Ref(LuaRegistry.Index);
        _environment = _lua.Ref(LuaRegistry.Index);
    }

    /// <summary>Runs a script, which is compiled when it is new.</summary>
    /// <exception cref="InvalidOperationException">Another thread runs one, which would end the process with a fault in Lua.</exception>
    public Reply Run(string text, RedisKey[] keys, RedisValue[] arguments)
    {
        if (Interlocked.Exchange(ref _isRunning, 1) != 0)
        {
            throw new InvalidOperationException("Two threads, or one that comes after the end, use the simulated Redis.");
        }

        try
        {
            return RunAlone(text, keys, arguments);
        }
        finally
        {
            Volatile.Write(ref _isRunning, 0);
        }
    }

    /// <summary>Nothing can be run any more.</summary>
    public void Dispose()
    {
        Interlocked.Exchange(ref _isRunning, 1);
        _lua.Dispose();
    }

    private Reply RunAlone(string text, RedisKey[] keys, RedisValue[] arguments)
    {
        _lua.SetTop(0);
        if (Compiled(text, out Reply? failed) is not { } script)
        {
            return failed!;
        }

        _lua.RawGetInteger(LuaRegistry.Index, _environment);
        Set(KeysName, keys, key => (byte[]?)key);
        Set(ArgvName, arguments, argument => (byte[]?)argument);
        _lua.RawGetInteger(LuaRegistry.Index, _handler);
        _lua.RawGetInteger(LuaRegistry.Index, script.Function);
        LuaStatus status = _lua.PCall(0, 1, -2);
        if (_crash is { } crash)
        {
            _crash = null;
            throw new InvalidOperationException("The simulated Redis itself failed.", crash);
        }

        return status == LuaStatus.OK ? LuaValues.ToReply(_lua, -1) : Failed(script);
    }

    private Script? Compiled(string text, out Reply? failed)
    {
        failed = null;
        // The product's scripts are constants: mostly the reference tells.
        if (_last is { } last && ReferenceEquals(last.Text, text))
        {
            return last;
        }

        if (!_scripts.TryGetValue(text, out Script? script))
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            _lua.RawGetInteger(LuaRegistry.Index, _compile);
            _lua.PushBuffer(bytes);
            _ = _lua.PCall(1, 2, 0);
            if (!_lua.IsFunction(-2))
            {
                failed = Reply.Error("ERR Error compiling script (new function): " + _lua.ToString(-1));
                return null;
            }

            _lua.Pop(1);
            // Redis names a script by its SHA-1.
#pragma warning disable CA5350
            script = new(text, _lua.Ref(LuaRegistry.Index), Convert.ToHexStringLower(SHA1.HashData(bytes)));
#pragma warning restore CA5350
            _scripts.Add(text, script);
        }

        return _last = script;
    }

    /// <summary>Sets a global of the environment, which is on top, to a table of strings.</summary>
    private void Set<T>(byte[] name, T[] values, Func<T, byte[]?> toBytes)
    {
        _lua.PushBuffer(name);
        _lua.CreateTable(values.Length, 0);
        for (int i = 0; i < values.Length; i++)
        {
            _lua.PushBuffer(toBytes(values[i]) ?? []);
            _lua.RawSetInteger(-2, i + 1);
        }

        _lua.RawSet(-3);
    }

    /// <summary>An error as Redis 7 words it, from the handler's table of text and line.</summary>
    private Reply Failed(Script script)
    {
        if (!_lua.IsTable(-1))
        {
            return Reply.Error("ERR Error running script " + _lua.ToString(-1));
        }

        _lua.RawGetInteger(-1, 1);
        _lua.RawGetInteger(-2, 2);
        long line = (long)_lua.ToNumber(-1);
        string text = Bytes.Text(_lua.ToBuffer(-2, false));
        return Reply.Error(line == 0 ? text : $"{text} script: {script.Sha}, on @user_script:{line}.");
    }

    /// <summary>What redis.call and redis.pcall call.</summary>
    private int Called(IntPtr state)
    {
        try
        {
            Reply reply = LuaValues.Arguments(_lua) is { } arguments
                ? arguments.Length > 0
                    ? _command(arguments)
                    : Reply.Error("ERR Please specify at least one argument for this redis.call() call")
                : Reply.Error("ERR Lua redis lib command arguments must be strings or integers");
            return LuaValues.Push(_lua, reply);
        }
        catch (Exception exception)
        {
            // It must not pass through Lua's frames.
            _crash = exception;
            return LuaValues.Push(_lua, Reply.Error("ERR " + exception.Message));
        }
    }

    private sealed record Script(string Text, int Function, string Sha);
}
