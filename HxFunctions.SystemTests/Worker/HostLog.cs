using HxFunctions.SystemTests.Worker.Protocol;

namespace HxFunctions.SystemTests.Worker;

/// <summary>The log of the played host, by the rules of the real one. Safe for many threads.</summary>
/// <remarks>
/// https://github.com/Azure/azure-functions-host: <c>GrpcWorkerChannel.Log</c> and <c>SystemLog</c> for messages,
/// <c>WorkerProcess.ParseErrorMessageAndLog</c> for lines of standard error.
/// </remarks>
internal sealed class HostLog
{
    private readonly Lock _lock = new();
    private readonly List<HostLogLine> _lines = [];
    private readonly HashSet<string> _running = [];
    private readonly List<(Func<HostLogLine, bool> IsIt, TaskCompletionSource<HostLogLine> Found)> _waiting = [];

    /// <summary>All that came so far, in order.</summary>
    public IReadOnlyList<HostLogLine> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>What the real host would show.</summary>
    public IEnumerable<HostLogLine> Kept => Lines.Where(line => line.IsKept);

    /// <summary>Waits for a line, unless it has come already.</summary>
    /// <exception cref="TimeoutException">It didn't come.</exception>
    public async Task<HostLogLine> UntilAsync(Func<HostLogLine, bool> isIt)
    {
        TaskCompletionSource<HostLogLine> found = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_lines.FirstOrDefault(isIt) is { } line)
            {
                return line;
            }

            _waiting.Add((isIt, found));
        }

        try
        {
            return await found.Task.WaitAsync(PlayedHost.Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"No such line came:\n{this}");
        }
    }

    public void Begin(string invocationId)
    {
        lock (_lock)
        {
            _running.Add(invocationId);
        }
    }

    public void End(string invocationId)
    {
        lock (_lock)
        {
            _running.Remove(invocationId);
        }
    }

    public void Add(RpcLog log)
    {
        string text = string.Join(
            '\n',
            new[] { log.Message, log.Properties, log.Exception?.Message, log.Exception?.StackTrace }.Where(part => part is { Length: > 0 })
        );
        lock (_lock)
        {
            bool isKept = log.LogCategory == RpcLog.Types.RpcLogCategory.System || _running.Contains(log.InvocationId);
            AddLocked(new(HostLogSource.Rpc, log.Level.ToString(), text, log.Category, log.InvocationId, isKept));
        }
    }

    /// <summary>A line of the worker's console.</summary>
    public void Add(HostLogSource source, string line)
    {
        lock (_lock)
        {
            AddLocked(new(source, source == HostLogSource.Error ? LevelOfError(line) : "Information", line, "", "", IsKept: true));
        }
    }

    public override string ToString() => string.Join('\n', Lines);

    /// <summary>The host reads the level of a line of standard error out of its words.</summary>
    private static string LevelOfError(string line)
    {
        if (line.Contains("warn", StringComparison.OrdinalIgnoreCase))
        {
            return "Warning";
        }

        string[] errors = ["error", "fail", "severe", "unhandled exception"];
        return errors.Any(word => line.Contains(word, StringComparison.OrdinalIgnoreCase)) ? "Error" : "Information";
    }

    private void AddLocked(HostLogLine line)
    {
        _lines.Add(line);
        foreach ((Func<HostLogLine, bool> isIt, TaskCompletionSource<HostLogLine> found) in _waiting)
        {
            if (isIt(line))
            {
                found.TrySetResult(line);
            }
        }
    }
}
