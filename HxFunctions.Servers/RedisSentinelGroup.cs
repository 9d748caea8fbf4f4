using System.Globalization;
using System.Net.Sockets;

namespace HxFunctions.Servers;

/// <summary>Three throw-away sentinels on 127.0.0.1 that watch one master and fail over by themselves within a few seconds.</summary>
internal sealed class RedisSentinelGroup : IAsyncDisposable
{
    public const string Service = "throw-away";

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);

    private readonly List<ThrowAwayDirectory> _directories = [];
    private readonly List<ChildProcess> _processes = [];
    private readonly string? _password;

    private RedisSentinelGroup(string? password) => _password = password;

    public List<int> Ports { get; } = [];

    /// <summary>All of them, as the hosts of a URL.</summary>
    public string Hosts => string.Join(',', Ports.Select(port => $"127.0.0.1:{port}"));

    /// <summary>Starts them and returns when each knows the others and <paramref name="replicas"/> replicas of the master.</summary>
    /// <param name="masterPassword">What the master and its replicas ask for; null: nothing.</param>
    /// <param name="password">What the sentinels ask for; null: nothing.</param>
    public static async Task<RedisSentinelGroup> StartAsync(
        RedisServer master,
        int replicas,
        string? masterPassword = null,
        string? password = null
    )
    {
        RedisSentinelGroup sentinels = new(password);
        try
        {
            for (int i = 0; i < 3; i++)
            {
                await sentinels.StartOneAsync(master.Port, masterPassword);
            }

            long since = Environment.TickCount64;
            while (!(await Task.WhenAll(sentinels.Ports.Select(port => sentinels.KnowsAsync(port, replicas)))).All(knows => knows))
            {
                if (Environment.TickCount64 - since > StartPatience.TotalMilliseconds)
                {
                    throw new InvalidOperationException($"The sentinels did not find each other: {sentinels._processes[0].Output}");
                }

                await Task.Delay(50);
            }

            return sentinels;
        }
        catch
        {
            await sentinels.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills one of them.</summary>
    public Task KillAsync(int index) => _processes[index].KillAsync();

    /// <summary>Asks the first for a failover, as an operator does before maintenance.</summary>
    public Task<string> FailOverAsync() => AskAsync(Ports[0], "SENTINEL", "FAILOVER", Service);

    /// <summary>The port of the master that the first names.</summary>
    public async Task<int> MasterPortAsync() =>
        int.Parse((await AskAsync(Ports[0], "SENTINEL", "GET-MASTER-ADDR-BY-NAME", Service)).Split('\n')[1], CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        foreach (ChildProcess process in _processes)
        {
            await process.KillAsync();
            process.Dispose();
        }

        _directories.ForEach(directory => directory.Dispose());
    }

    private async Task StartOneAsync(int masterPort, string? masterPassword)
    {
        ThrowAwayDirectory directory = new("hx-sentinel-");
        _directories.Add(directory);
        int port = FreePort.Next();
        string file = Path.Combine(directory.Path, "sentinel.conf");
        // It writes what it learns into the file.
        await File.WriteAllTextAsync(
            file,
            $"""
            port {port}
            bind 127.0.0.1
            dir {directory.Path}
            sentinel monitor {Service} 127.0.0.1 {masterPort} 2
            sentinel down-after-milliseconds {Service} 1000
            sentinel failover-timeout {Service} 3000
            {(masterPassword is null ? "" : $"sentinel auth-pass {Service} {masterPassword}")}
            {(_password is null ? "" : $"requirepass {_password}\nsentinel sentinel-pass {_password}")}

            """
        );
        _processes.Add(ChildProcess.Start("redis-server", [file, "--sentinel"], directory));
        Ports.Add(port);
    }

    private async Task<bool> KnowsAsync(int port, int replicas)
    {
        try
        {
            string[] known = (await AskAsync(port, "SENTINEL", "MASTER", Service)).Split('\n');
            return ValueOf("num-slaves") >= replicas && ValueOf("num-other-sentinels") == 2;

            int ValueOf(string name) =>
                Array.IndexOf(known, name) is >= 0 and int at ? int.Parse(known[at + 1], CultureInfo.InvariantCulture) : 0;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }

    private async Task<string> AskAsync(int port, params string[] command)
    {
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", port);
        if (_password is not null)
        {
            await RespText.AskAsync(client.GetStream(), ["AUTH", _password], CancellationToken.None);
        }

        return await RespText.AskAsync(client.GetStream(), command, CancellationToken.None);
    }
}
