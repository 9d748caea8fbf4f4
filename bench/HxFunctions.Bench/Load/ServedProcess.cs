using System.Globalization;
using System.Net.Sockets;
using HxFunctions.Servers;

namespace HxFunctions.Bench.Load;

/// <summary>A program that serves HTTP on a port of its own, until it is disposed of.</summary>
internal sealed class ServedProcess : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    private readonly ThrowAwayDirectory _directory = new("hx-bench-");
    private readonly ChildProcess _process;
    private readonly HttpClient _client = new() { Timeout = Patience };
    private readonly string _name;

    private ServedProcess(string name, IEnumerable<string> command, int port)
    {
        _name = name;
        Port = port;
        Address = new Uri($"http://127.0.0.1:{port}/");
        _process = ChildProcess.Start("env", command, _directory);
    }

    public int Port { get; }

    public Uri Address { get; }

    public int Id => _process.Id;

    /// <summary>Starts a program and returns when it listens.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="variables">Its environment, beside that of this process.</param>
    /// <param name="command">The program and its arguments; in all of them, and in the variables, <c>{port}</c> is its port.</param>
    public static async Task<ServedProcess> StartAsync(
        string name,
        IEnumerable<(string Name, string Value)> variables,
        params string[] command
    )
    {
        int port = FreePort.Next();
        string number = port.ToString(CultureInfo.InvariantCulture);
        string[] words =
        [
            .. variables
                .Select(variable => $"{variable.Name}={variable.Value}")
                .Concat(command)
                .Select(word => word.Replace("{port}", number, StringComparison.Ordinal)),
        ];
        ServedProcess served = new(name, words, port);
        try
        {
            await served.UntilListeningAsync();
            return served;
        }
        catch
        {
            await served.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks once.</summary>
    /// <returns>The status code; 0 when there is no answer.</returns>
    public async Task<int> AskAsync(
        string path,
        IEnumerable<(string Name, string Value)> headers,
        CancellationToken cancellationToken = default
    )
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(Address, path));
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        try
        {
            using HttpResponseMessage response = await _client.SendAsync(request, cancellationToken);
            return (int)response.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return 0;
        }
    }

    /// <summary>Asks until it answers so.</summary>
    /// <exception cref="TimeoutException">It never did.</exception>
    public async Task UntilAsync(int status, string path, IReadOnlyList<(string Name, string Value)> headers)
    {
        using CancellationTokenSource deadline = new(Patience);
        while (await AskAsync(path, headers, deadline.Token) != status)
        {
            if (deadline.IsCancellationRequested)
            {
                throw new TimeoutException($"{_name} does not come to answer {status}: {_process.Output}");
            }

            await Task.Delay(100);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _process.StopAsync(ProcessTree.Terminate, StopPatience);
        _process.Dispose();
        _directory.Dispose();
    }

    private async Task UntilListeningAsync()
    {
        using CancellationTokenSource deadline = new(Patience);
        while (true)
        {
            try
            {
                using TcpClient client = new();
                await client.ConnectAsync("127.0.0.1", Port);
                return;
            }
            catch (SocketException)
            {
                if (_process.HasExited || deadline.IsCancellationRequested)
                {
                    throw new InvalidOperationException($"{_name} does not listen: {_process.Output}");
                }

                await Task.Delay(20);
            }
        }
    }
}
