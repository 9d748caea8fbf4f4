using System.Globalization;
using System.Net.Sockets;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Routing;
using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Faults;

/// <summary>What a real redis-server does.</summary>
internal static class RedisFaults
{
    private static readonly FaultCell Cell = new() { Dependency = DependencyName.Redis, Fault = "" };

    public static IReadOnlyList<FaultCell> All { get; } =
    [
        Cell with
        {
            Fault = "killed",
            Reason = Reasons.ConnectionRefused,
            Besides = [Reasons.ConnectionReset],
            Break = stage => stage.Redis.KillAsync(),
            Mend = stage => stage.Redis.StartAgainAsync(),
        },
        Cell with
        {
            Fault = "pooler refuses",
            Senseless = "Redis has no pooler.",
        },
        Cell with
        {
            Fault = "gone behind a proxy",
            Hangs = true,
            Reason = Reasons.Timeout,
            Besides = [Reasons.ConnectionReset, Reasons.StillRunning],
            Front = stage => FaultCatalog.ProxyAsync(stage.Redis.Port),
            Break = stage => stage.Redis.KillAsync(),
            Mend = stage => stage.Redis.StartAgainAsync(),
            Note = "HAProxy accepts the connection, and tries for three seconds to reach the server behind it before it gives up.",
        },
        Cell with
        {
            Fault = "failing over",
            Reason = Reasons.ReadOnly,
            Front = async stage =>
            {
                RedisServer replica = await RedisServer.StartAsync(
                    new()
                    {
                        Arguments =
                        [
                            "--replicaof",
                            "127.0.0.1",
                            stage.Redis.Port.ToString(CultureInfo.InvariantCulture),
                            "--user",
                            Canaries.RedisUser,
                            "on",
                            $">{Canaries.RedisPassword}",
                            "~*",
                            "&*",
                            "+@all",
                        ],
                    }
                );
                // By the proxy, so that the replica's own connection to the master is not taken for one of the instance's.
                return new($"{Canaries.RedisHost}:{stage.Proxy.Port},127.0.0.1:{replica.Port}", stage.Proxy.Port, replica);
            },
            Break = stage => stage.Redis.KillAsync(),
            Mend = stage => stage.Redis.StartAgainAsync(),
            Besides = [Reasons.ConnectionRefused, Reasons.ConnectionReset],
            Note = "A replica accepts no writes.",
        },
        Cell with
        {
            Fault = "hung after accept",
            Hangs = true,
            Reason = Reasons.Timeout,
            Besides = [Reasons.StillRunning],
            Break = stage => stage.Redis.HangAsync(),
            Mend = stage => stage.Redis.ResumeAsync(),
        },
        Cell with
        {
            Fault = "TLS failure",
            Tls = true,
            OnlyAtStart = true,
            Reason = Reasons.TlsFailure,
            Besides = [Reasons.Timeout, Reasons.StillRunning],
            Note = "Only the machine's certificate authorities are trusted, and the tests add none.",
        },
        Cell with
        {
            Fault = "wrong credentials",
            Reason = Reasons.AuthenticationFailed,
            Break = stage => SetPasswordAsync(stage, "another"),
            Mend = stage => SetPasswordAsync(stage, Canaries.RedisPassword),
            Note = "Each probe logs in again, on the open connection.",
        },
        Cell with
        {
            Fault = "read-only",
            Reason = Reasons.ReadOnly,
            Break = stage => stage.Redis.CommandAsync("REPLICAOF", "127.0.0.1", FreePort.Next().ToString(CultureInfo.InvariantCulture)),
            Mend = stage => stage.Redis.CommandAsync("REPLICAOF", "NO", "ONE"),
        },
        Cell with
        {
            Fault = "out of memory",
            Reason = Reasons.OutOfMemory,
            Break = stage => stage.Redis.CommandAsync("CONFIG", "SET", "maxmemory", "1"),
            Mend = stage => stage.Redis.CommandAsync("CONFIG", "SET", "maxmemory", "0"),
        },
        Cell with
        {
            Fault = "out of connections",
            Reason = Reasons.TooManyConnections,
            Besides = [Reasons.ConnectionReset],
            Break = FillAsync,
            Mend = EmptyAsync,
            Note = "An open connection still works on a full server, and suffices. The route closes only when it is lost.",
        },
        Cell with
        {
            Fault = "restarting",
            Fitful = true,
            Reason = Reasons.ConnectionRefused,
            Besides = [Reasons.ConnectionReset, Reasons.Timeout, Reasons.StillRunning],
            Break = FaultCatalog.Restarting(stage => stage.Redis.KillAsync(), stage => stage.Redis.StartAgainAsync()),
            Mend = async stage =>
            {
                await stage.EndLoopAsync();
                await stage.Redis.StartAgainAsync();
            },
        },
    ];

    private static async Task SetPasswordAsync(FaultStage stage, string password) =>
        Assert.Equal("OK", await stage.Redis.CommandAsync("ACL", "SETUSER", Canaries.RedisUser, "resetpass", $">{password}"));

    /// <summary>Takes the only place that is left.</summary>
    private static async Task FillAsync(FaultStage stage)
    {
        stage.Held = new TcpClient();
        await stage.Held.ConnectAsync("127.0.0.1", stage.Redis.Port);
        Assert.Equal("OK", await RespText.AskAsync(stage.Held.GetStream(), ["CONFIG", "SET", "maxclients", "1"], CancellationToken.None));
        await RespText.AskAsync(stage.Held.GetStream(), ["CLIENT", "KILL", "USER", Canaries.RedisUser], CancellationToken.None);
    }

    private static async Task EmptyAsync(FaultStage stage)
    {
        Assert.Equal(
            "OK",
            await RespText.AskAsync(stage.Held!.GetStream(), ["CONFIG", "SET", "maxclients", "10000"], CancellationToken.None)
        );
        stage.Held.Dispose();
    }
}
