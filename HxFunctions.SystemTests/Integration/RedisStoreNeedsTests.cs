using HxFunctions.Core.Dependencies;
using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Integration;

/// <summary>A Redis that takes writes but not what the snapshot store needs, and refusals that other servers don't know.</summary>
public sealed class RedisStoreNeedsTests
{
    [Theory]
    [InlineData("EVAL")]
    [InlineData("HSET")]
    [InlineData("PEXPIRE")]
    [InlineData("LTRIM")]
    public async Task Renamed_command_makes_the_store_unusable_and_is_named(string command)
    {
        await using RedisServer server = await RedisServer.StartAsync(new() { Arguments = ["--rename-command", command, ""] });
        await using ProbeRig rig = ProbeRig.Redis(server.Url);

        Assert.Equal(command, await rig.DetailAsync(DependencyStatus.Warn, Reasons.StoreUnusable));
        Assert.Equal(command, await rig.DetailAsync(DependencyStatus.Warn, Reasons.StoreUnusable));
    }

    [Theory]
    [InlineData("eval")]
    [InlineData("time")]
    [InlineData("hget")]
    [InlineData("lpush")]
    public async Task Missing_permission_makes_the_store_unusable_until_it_is_granted(string command)
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await server.CommandAsync("ACL", "SETUSER", "hx", "on", ">any", "~*", "+@all", $"-{command}");
        await using ProbeRig rig = ProbeRig.Redis($"redis://hx:any@127.0.0.1:{server.Port}");

        Assert.Equal($"+{command}", await rig.DetailAsync(DependencyStatus.Warn, Reasons.StoreUnusable));
        await server.CommandAsync("ACL", "SETUSER", "hx", $"+{command}");
        await rig.PassesAsync();
        await server.CommandAsync("ACL", "SETUSER", "hx", $"-{command}");
        Assert.Equal($"+{command}", await rig.DetailAsync(DependencyStatus.Warn, Reasons.StoreUnusable));
    }

    [Fact]
    public async Task Too_few_replicas_are_named_until_there_are_enough()
    {
        await using RedisServer server = await RedisServer.StartAsync(new() { Arguments = ["--min-replicas-to-write", "1"] });
        await using ProbeRig rig = ProbeRig.Redis(server.Url);
        await rig.FailsAsync(Reasons.NoReplicas);
        await rig.FailsAsync(Reasons.NoReplicas);

        await using RedisServer replica = await RedisServer.StartAsync(
            new() { Arguments = ["--replicaof", "127.0.0.1", $"{server.Port}", "--repl-diskless-sync-delay", "0"] }
        );
        await rig.RecoversAsync();
    }

    [Fact]
    public async Task Database_that_is_not_there_is_missing_and_the_servers_words_are_told()
    {
        await using RedisServer four = await RedisServer.StartAsync(new() { Arguments = ["--databases", "4"] });
        await using ProbeRig ninth = ProbeRig.Redis($"{four.Url}/9");
        Assert.Equal("out of range", await ninth.DetailAsync(DependencyStatus.Fail, Reasons.DatabaseMissing));
        Assert.Contains(ninth.Steps, step => step.Found == "-ERR DB index is out of range");

        await using RedisServer cluster = await RedisServer.StartAsync(
            new() { Arguments = ["--cluster-enabled", "yes", "--cluster-port", $"{FreePort.Next()}"] }
        );
        await using ProbeRig second = ProbeRig.Redis($"{cluster.Url}/1");
        Assert.Equal("a cluster has only database 0", await second.DetailAsync(DependencyStatus.Fail, Reasons.DatabaseMissing));
    }

    /// <summary>Redis counts every address but its loopback ones as outside, also one of this machine.</summary>
    [Fact]
    public async Task Protected_mode_is_a_refusal_by_name()
    {
        System.Net.IPAddress? outside = System
            .Net.Dns.GetHostAddresses(System.Net.Dns.GetHostName(), System.Net.Sockets.AddressFamily.InterNetwork)
            .FirstOrDefault(address => !System.Net.IPAddress.IsLoopback(address));
        Assert.NotNull(outside);
        await using RedisServer server = await RedisServer.StartAsync(
            new() { Arguments = ["--bind", "127.0.0.1", $"{outside}", "--protected-mode", "yes"] }
        );
        await using ProbeRig rig = ProbeRig.Redis($"redis://{outside}:{server.Port}");

        Assert.Equal("protected mode", await rig.DetailAsync(DependencyStatus.Fail, Reasons.PermissionDenied));
        Assert.Contains(rig.Steps, step => step.Found.StartsWith("-DENIED Redis is running in protected mode", StringComparison.Ordinal));
        Assert.DoesNotContain(rig.Steps, step => step.Found.Contains($"{outside}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Certificate_that_the_server_asks_for_in_vain_is_a_tls_failure()
    {
        await using RedisServer server = await RedisServer.StartAsync(new() { Tls = true, Arguments = ["--tls-auth-clients", "yes"] });
        await using ProbeRig rig = ProbeRig.Redis(server.Url + $"?ssl_ca_certs={server.AuthorityFile}");
        await rig.FailsAsync(Reasons.TlsFailure);
        await rig.FailsAsync(Reasons.TlsFailure);
    }
}
