using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HxFunctions.Tests.Dependencies;

/// <summary>A server on 127.0.0.1 that answers like a Redis of another kind or age: what the test says, else what a master says that takes
/// everything. https://redis.io/docs/latest/develop/reference/protocol-spec/</summary>
internal sealed class ScriptedRedis : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<Task> _running = [];
    private readonly Func<string[], string?> _answer;
    private int _connections;

    private ScriptedRedis(Func<string[], string?> answer)
    {
        _answer = answer;
        _listener.Start();
        _running.Add(AcceptAsync());
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What came in, in order: the connection and the command's words.</summary>
    public ConcurrentQueue<(int Connection, string[] Words)> Commands { get; } = [];

    /// <param name="answer">What is said to a command's words, without the line's end; null: what a master says.</param>
    public static ScriptedRedis Start(Func<string[], string?> answer) => new(answer);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        foreach (Task running in _running)
        {
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token);
            _running.Add(ServeAsync(client, Interlocked.Increment(ref _connections)));
        }
    }

    private async Task ServeAsync(TcpClient client, int connection)
    {
        using TcpClient held = client;
        await using NetworkStream stream = client.GetStream();
        using StreamReader reader = new(stream, Encoding.Latin1);
        while (await reader.ReadLineAsync(_end.Token) is { } line)
        {
            // Something else than a command, as a TLS handshake is: like a Redis, it waits for more.
            if (line is not ['*', .. var count])
            {
                continue;
            }

            string[] words = new string[int.Parse(count, CultureInfo.InvariantCulture)];
            for (int i = 0; i < words.Length; i++)
            {
                char[] word = new char[int.Parse((await reader.ReadLineAsync(_end.Token))![1..], CultureInfo.InvariantCulture)];
                await reader.ReadBlockAsync(word, _end.Token);
                await reader.ReadLineAsync(_end.Token);
                words[i] = new string(word);
            }

            words[0] = words[0].ToUpperInvariant();
            Commands.Enqueue((connection, words));
            await stream.WriteAsync(Encoding.Latin1.GetBytes((_answer(words) ?? OfMaster(words)) + "\r\n"), _end.Token);
        }
    }

    private static string OfMaster(string[] words) =>
        words[0] switch
        {
            "PING" => "+PONG",
            "ECHO" => Bulk(words[^1]),
            "INFO" => Bulk("redis_version:4.0.0\r\nredis_mode:standalone\r\nrole:master\r\n"),
            "HELLO" => "-ERR unknown command 'HELLO'",
            "EVAL" => "*1\r\n" + Bulk("ok"),
            _ => "+OK",
        };

    private static string Bulk(string text) => $"${text.Length}\r\n{text}";
}
