using HxFunctions.Core.Dependencies;
using HxFunctions.Servers;
using HxFunctions.Servers.Garnet;

namespace HxFunctions.SystemTests.Integration;

/// <summary>What the probe says of a real redis-server in every trouble, and that it passes by itself when the trouble is over.</summary>
public sealed class RedisProbeTests
{
    private const string Awkward = ":@/?#[]%+&=!'\" é";

    /// <summary>Its default. LiteLLM writes there; only the store can't be kept.</summary>
    [Fact]
    public async Task Garnet_without_scripts_is_a_warning()
    {
        using EmbeddedRedis redis = EmbeddedRedis.Start(runsScripts: false);
        await using ProbeRig rig = ProbeRig.Redis(redis.Url);
        Assert.Equal("EVAL", await rig.DetailAsync(DependencyStatus.Warn, Reasons.StoreUnusable));
    }

    [Fact]
    public async Task Healthy_server_passes_over_tcp_and_over_its_socket()
    {
        using ThrowAwayDirectory directory = new("hx-redis-socket-");
        string socket = Path.Combine(directory.Path, "redis.sock");
        await using RedisServer server = await RedisServer.StartAsync(new() { Arguments = ["--unixsocket", socket] });
        await using ProbeRig tcp = ProbeRig.Redis(server.Url);
        await tcp.PassesAsync();
        await using ProbeRig local = ProbeRig.Redis($"unix://{socket}");
        await local.PassesAsync();

        await server.KillAsync();
        await local.TurnsAsync(DependencyStatus.Fail, Reasons.ConnectionRefused);
        await server.StartAgainAsync();
        await local.RecoversAsync();
    }

    [Fact]
    public async Task Awkward_password_arrives_whole()
    {
        await using RedisServer server = await RedisServer.StartAsync(new() { Password = Awkward });
        await using ProbeRig rig = ProbeRig.Redis(server.Url);
        await rig.PassesAsync();
        Assert.Equal("OK", await server.CommandAsync("ACL", "SETUSER", "a:b%40", "on", ">" + Awkward, "~*", "&*", "+@all"));
        await using ProbeRig named = ProbeRig.Redis($"redis://a%3Ab%2540:{Uri.EscapeDataString(Awkward)}@127.0.0.1:{server.Port}");
        await named.PassesAsync();
    }

    [Fact]
    public async Task Killed_server_refuses_and_passes_when_it_is_back()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using ProbeRig rig = ProbeRig.Redis(server.Url);
        await rig.PassesAsync();

        await server.KillAsync();
        await rig.FailsAsync(Reasons.ConnectionReset, Reasons.ConnectionRefused);
        await rig.TurnsAsync(DependencyStatus.Fail, Reasons.ConnectionRefused);

        await server.StartAgainAsync();
        await rig.RecoversAsync();
    }

    [Fact]
    public async Task Hung_server_times_out_for_as_long_as_it_hangs_and_passes_when_it_goes_on()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using ProbeRig connected = ProbeRig.Redis(server.Url, ProbeRig.Short);
        await connected.RecoversAsync();
        await using ProbeRig fresh = ProbeRig.Redis(server.Url, ProbeRig.Short);

        await server.HangAsync();
        await Task.WhenAll(connected.FailsAsync(Reasons.Timeout), fresh.FailsAsync(Reasons.Timeout));
        // Longer than the client goes on with a connection on which nothing comes in.
        for (int i = 0; i < 8; i++)
        {
            await Task.WhenAll(
                connected.FailsAsync(Reasons.Timeout, Reasons.StillRunning),
                fresh.FailsAsync(Reasons.Timeout, Reasons.StillRunning)
            );
            await Task.Delay(300);
        }

        await server.ResumeAsync();
        await Task.WhenAll(connected.RecoversAsync(), fresh.RecoversAsync());
    }

    [Fact]
    public async Task Wrong_and_missing_passwords_are_authentication_failures()
    {
        await using RedisServer server = await RedisServer.StartAsync(new() { Password = "right" });
        await using ProbeRig wrong = ProbeRig.Redis($"redis://:wrong@127.0.0.1:{server.Port}");
        await wrong.FailsAsync(Reasons.AuthenticationFailed);
        await wrong.FailsAsync(Reasons.AuthenticationFailed);
        await using ProbeRig none = ProbeRig.Redis($"redis://127.0.0.1:{server.Port}");
        await none.FailsAsync(Reasons.AuthenticationFailed);
        await none.FailsAsync(Reasons.AuthenticationFailed);
        await server.CommandAsync("CONFIG", "SET", "requirepass", "wrong");
        await wrong.RecoversAsync();
    }

    [Fact]
    public async Task Password_that_the_server_does_not_have_is_an_authentication_failure()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using ProbeRig rig = ProbeRig.Redis($"redis://:needless@127.0.0.1:{server.Port}");
        await rig.FailsAsync(Reasons.AuthenticationFailed);
        await server.CommandAsync("CONFIG", "SET", "requirepass", "needless");
        await rig.RecoversAsync();
    }

    [Fact]
    public async Task User_who_may_not_write_is_denied()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        Assert.Equal("OK", await server.CommandAsync("ACL", "SETUSER", "limited", "on", ">any", "~*", "&*", "+@all", "-@write"));
        await using ProbeRig rig = ProbeRig.Redis($"redis://limited:any@127.0.0.1:{server.Port}");
        await rig.FailsAsync(Reasons.PermissionDenied);
        Assert.Equal("OK", await server.CommandAsync("ACL", "SETUSER", "limited", "+@write", "resetkeys", "~other:*"));
        await rig.FailsAsync(Reasons.PermissionDenied);
        Assert.Equal("OK", await server.CommandAsync("ACL", "SETUSER", "limited", "~{hx}*"));
        await rig.RecoversAsync();
    }

    [Fact]
    public async Task Replica_is_read_only_until_it_is_promoted()
    {
        await using RedisServer master = await RedisServer.StartAsync();
        await using RedisServer server = await RedisServer.StartAsync(new() { Arguments = ["--replicaof", "127.0.0.1", $"{master.Port}"] });
        await using ProbeRig rig = ProbeRig.Redis(server.Url);
        await rig.TurnsAsync(DependencyStatus.Fail, Reasons.ReadOnly);
        await rig.FailsAsync(Reasons.ReadOnly);
        await server.CommandAsync("REPLICAOF", "NO", "ONE");
        await rig.RecoversAsync();

        // And the other way, while the client is connected to what it takes for a master.
        await server.CommandAsync("REPLICAOF", "127.0.0.1", $"{master.Port}");
        await rig.FailsAsync(Reasons.ReadOnly);
        await rig.FailsAsync(Reasons.ReadOnly);
        await server.CommandAsync("REPLICAOF", "NO", "ONE");
        await rig.RecoversAsync();
    }

    [Fact]
    public async Task Full_server_is_out_of_memory()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using ProbeRig rig = ProbeRig.Redis(server.Url);
        await rig.PassesAsync();
        await server.CommandAsync("CONFIG", "SET", "maxmemory", "1");
        await rig.FailsAsync(Reasons.OutOfMemory);
        await server.CommandAsync("CONFIG", "SET", "maxmemory", "0");
        await rig.PassesAsync();
    }

    [Fact]
    public async Task Server_that_can_not_save_is_misconf()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using ProbeRig rig = ProbeRig.Redis(server.Url);
        // The file cannot be put where a directory is.
        string directory = (await server.CommandAsync("CONFIG", "GET", "dir")).Split('\n')[1];
        string obstacle = Directory.CreateDirectory(Path.Combine(directory, "dump.rdb")).FullName;
        await server.CommandAsync("CONFIG", "SET", "save", "3600 1");
        await server.CommandAsync("BGSAVE");
        await rig.TurnsAsync(DependencyStatus.Fail, Reasons.Misconf);

        Directory.Delete(obstacle);
        await server.CommandAsync("BGSAVE");
        await rig.RecoversAsync();
    }

    [Fact]
    public async Task Server_that_loads_its_data_says_so()
    {
        await using RedisServer server = await RedisServer.StartAsync(
            new() { Arguments = ["--loading-process-events-interval-bytes", "1024"] }
        );
        for (int i = 0; i < 60; i++)
        {
            await server.CommandAsync("SET", $"key{i}", new string((char)('a' + (i % 26)), 10) + Guid.NewGuid() + new string('x', 500) + i);
        }

        await server.CommandAsync("CONFIG", "SET", "rdbcompression", "no");
        Assert.Equal("OK", await server.CommandAsync("SAVE"));
        await server.KillAsync();
        await using ProbeRig rig = ProbeRig.Redis(server.Url);
        await rig.FailsAsync(Reasons.ConnectionRefused);

        // 60 keys at 20 ms each.
        Task starting = server.StartAgainAsync(["--key-load-delay", "20000"]);
        await rig.TurnsAsync(DependencyStatus.Fail, Reasons.StartingUp);
        await starting;
        await rig.RecoversAsync();
    }

    [Fact]
    public async Task Server_with_all_its_clients_has_too_many_connections()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await server.CommandAsync("CONFIG", "SET", "maxclients", "1");
        await using ProbeRig rig = ProbeRig.Redis(server.Url);
        using (System.Net.Sockets.TcpClient held = new())
        {
            await held.ConnectAsync("127.0.0.1", server.Port);
            await rig.TurnsAsync(DependencyStatus.Fail, Reasons.TooManyConnections);
            await rig.FailsAsync(Reasons.TooManyConnections);
        }

        await rig.RecoversAsync();
    }

    [Fact]
    public async Task Tls_that_the_server_lacks_or_nobody_trusts_is_a_tls_failure()
    {
        await using RedisServer plain = await RedisServer.StartAsync();
        await using ProbeRig lacks = ProbeRig.Redis($"rediss://127.0.0.1:{plain.Port}");
        // It takes the handshake for a command that isn't complete, and waits.
        await lacks.FailsAsync(Reasons.TlsFailure);
        await lacks.FailsAsync(Reasons.TlsFailure);

        await using RedisServer tls = await RedisServer.StartAsync(new() { Tls = true });
        await using ProbeRig untrusted = ProbeRig.Redis(tls.Url);
        await untrusted.FailsAsync(Reasons.TlsFailure);
        await untrusted.FailsAsync(Reasons.TlsFailure);
        await using ProbeRig plainToTls = ProbeRig.Redis($"redis://127.0.0.1:{tls.Port}");
        await plainToTls.FailsAsync(Reasons.ConnectionReset, Reasons.UnexpectedResponse);
    }

    [Fact]
    public async Task Unknown_host_is_a_dns_failure()
    {
        await using ProbeRig rig = ProbeRig.Redis("redis://nonexistent.invalid");
        await rig.FailsAsync(Reasons.DnsFailure);
        await rig.FailsAsync(Reasons.DnsFailure);
    }

    [Fact]
    public async Task Host_that_drops_packets_times_out()
    {
        using BacklogHole hole = await BacklogHole.OpenAsync();
        await using ProbeRig rig = ProbeRig.Redis($"redis://127.0.0.1:{hole.Port}", ProbeRig.Short);
        await rig.FailsAsync(Reasons.Timeout);
        await rig.FailsAsync(Reasons.Timeout, Reasons.StillRunning);
    }

    [Fact]
    public async Task Cluster_is_not_ready_until_every_slot_is_served()
    {
        await using RedisServer server = await RedisServer.StartAsync(
            new() { Arguments = ["--cluster-enabled", "yes", "--cluster-port", $"{FreePort.Next()}"] }
        );
        await using ProbeRig rig = ProbeRig.Redis(server.Url);
        await rig.FailsAsync(Reasons.NotReady);
        Assert.Equal("OK", await server.CommandAsync("CLUSTER", "ADDSLOTSRANGE", "0", "16000"));
        await rig.FailsAsync(Reasons.NotReady);
        Assert.Equal("OK", await server.CommandAsync("CLUSTER", "ADDSLOTSRANGE", "16001", "16383"));
        await rig.RecoversAsync();
    }
}
