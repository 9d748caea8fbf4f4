using System.Net;
using System.Text.RegularExpressions;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Commands;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Integration;

/// <summary>The Redis user that SECURITY.md gives may do what is needed, and nothing more.</summary>
public sealed partial class RedisAclTests
{
    private const string Password = "of-the-user";

    public static TheoryData<string> Permissions => [.. Documented().Where(rule => rule[0] == '+')];

    [Fact]
    public async Task Documented_user_can_probe_store_override_and_read_history_without_a_refusal()
    {
        await using RedisServer server = await StartAsync(Documented());
        string url = $"redis://hx:{Password}@127.0.0.1:{server.Port}";
        await using ProbeRig rig = ProbeRig.Redis(url);
        await rig.PassesAsync();
        await rig.PassesAsync();
        await using StoreRig store = await StoreRig.CreateAsync(url, "hx");
        Assert.Equal(LeaseAnswer.Mine, (await store.ReadAsync(wantLease: true)).Lease);
        // Across a quarter of an hour, so that every list is written.
        StoreWriting first = await store.WriteAsync(store.Record(), null, TimeSpan.FromMinutes(16));
        Assert.True((await store.WriteAsync(store.Record(sequence: 2), first.Stored)).Written);
        Assert.NotNull(
            (await store.Store.SetOverrideAsync(new(true, "why", "who", DateTimeOffset.UnixEpoch), TimeSpan.FromMinutes(1))).Stored
        );
        Assert.NotNull((await store.Store.ClearOverrideAsync("who")).Stored);
        await store.Store.ReleaseLeaseAsync();
        HistoryReading? history = await store.History.ReadAsync();
        Assert.NotNull(history);
        Assert.NotEmpty(history.Overrides);
        await store.Database.PingAsync();

        Assert.Equal("", (await server.CommandAsync("ACL", "LOG")).Trim());
    }

    /// <summary>What the client needs but can do without shows where an administrator looks.</summary>
    [Theory]
    [MemberData(nameof(Permissions))]
    public async Task Each_permission_that_is_taken_away_is_noticed(string permission)
    {
        await using RedisServer server = await StartAsync(Documented().Except([permission]));
        await using ProbeRig rig = ProbeRig.Redis($"redis://hx:{Password}@127.0.0.1:{server.Port}");
        ProbeOutcome outcome = await rig.ProbeAsync();

        string log = await server.CommandAsync("ACL", "LOG");
        Assert.Contains(permission[1..], log, StringComparison.OrdinalIgnoreCase);
        if (permission is not ("+client" or "+info" or "+cluster"))
        {
            Assert.NotEqual(DependencyStatus.Pass, outcome.Status);
            Assert.Equal(permission, outcome.Detail);
        }
    }

    [Fact]
    public async Task Override_and_serve_say_which_permission_the_store_lacks_and_no_route_is_closed()
    {
        await using RedisServer server = await StartAsync(Documented().Except(["+eval"]));
        (string Name, string? Value)[] variables =
        [
            ("REDIS_URL", $"redis://hx:{Password}@127.0.0.1:{server.Port}"),
            ("GUARD_ROUTES", "/v1/keys=redis"),
        ];

        HxProcess.Ending check = await HxProcess.RunAsync("check", variables);
        Assert.Equal(0, check.Code);
        Assert.Contains("store_unusable: +eval", check.Output, StringComparison.Ordinal);

        HxProcess.Ending set = await HxProcess.RunAsync("override closed --reason drill", variables);
        Assert.Equal((1, ""), (set.Code, set.Output));
        Assert.Contains("nothing was changed (store_unusable: +eval): ", set.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, set.Error, StringComparison.Ordinal);

        await using HxChild hx = await HxChild.StartAsync(variables.ToDictionary(v => v.Name, v => v.Value));
        await hx.UntilAsync(HttpStatusCode.OK);
        await Tests.Servers.Eventually.TrueAsync(() => hx.Output.Contains("Snapshot store: Unusable (store_unusable: +eval)."));
        Assert.Equal(HttpStatusCode.OK, await hx.GuardAsync());
    }

    private static async Task<RedisServer> StartAsync(IEnumerable<string> rules)
    {
        RedisServer server = await RedisServer.StartAsync();
        Assert.Equal("OK", await server.CommandAsync(["ACL", "SETUSER", "hx", .. rules]));
        return server;
    }

    /// <summary>The rules of SECURITY.md, with a password.</summary>
    private static string[] Documented()
    {
        Match command = AclCommand().Match(File.ReadAllText(Path.Combine(Repository.Root, "SECURITY.md")));
        Assert.True(command.Success);
        return [.. command.Groups[1].Value.Split(' ').Select(rule => rule == ">PASSWORD" ? ">" + Password : rule)];
    }

    [GeneratedRegex(@"ACL SETUSER hx (.+)", RegexOptions.CultureInvariant)]
    private static partial Regex AclCommand();
}
