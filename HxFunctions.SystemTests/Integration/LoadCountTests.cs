using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Integration;

/// <summary>Traffic does not reach the dependencies: counted in the servers themselves.</summary>
[Collection(MeasuredCollection.Name)]
public sealed partial class LoadCountTests(ITestOutputHelper output)
{
    private const int Staleness = 1;
    private const int MinRequests = 2000;
    private static readonly TimeSpan Load = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Heavy_traffic_on_two_instances_adds_no_check()
    {
        // Nothing else is to run transactions in the database.
        await using PostgresServer postgres = await PostgresServer.StartAsync(
            new() { Settings = new Dictionary<string, string> { ["autovacuum"] = "off" } }
        );
        await using RedisServer redis = await RedisServer.StartAsync();
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        Dictionary<string, string?> variables = new()
        {
            ["PG_URL"] = postgres.Url,
            ["REDIS_URL"] = redis.Url,
            ["QDRANT_URL"] = qdrant.Url,
            ["GUARD_ROUTES"] = "/v1/keys=postgres,redis,qdrant",
            ["GUARD_MAX_STALENESS"] = $"{Staleness}",
        };

        long transactions = await TransactionsAsync(postgres);
        await redis.CommandAsync("CONFIG", "RESETSTAT");
        long started = Stopwatch.GetTimestamp();
        long requests;
        await using (HxInstance one = await HxInstance.StartAsync(variables))
        await using (HxInstance other = await HxInstance.StartAsync(variables))
        {
            await one.UntilAsync(HttpStatusCode.OK, Eventually.Patience);
            await other.UntilAsync(HttpStatusCode.OK, Eventually.Patience);
            requests = await RequestAsync(one, other);
        }

        // Sessions report their statistics when they end at the latest.
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await Eventually.TrueAsync(
            async () => await postgres.AdminAsync("SELECT count(*) FROM pg_stat_activity WHERE usename = 'hx'") is 0L,
            "a session never ended"
        );

        transactions = await TransactionsAsync(postgres) - transactions;
        Dictionary<string, long> commands = Calls(await redis.CommandAsync("INFO", "commandstats"));
        int asked = qdrant.Requests("/collections");
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{requests} requests in {seconds:0.0} s: {transactions} PostgreSQL transactions, {commands["unlink"]} Redis "
                    + $"probes, {commands["eval"]} EVAL, {asked} Qdrant requests."
            )
        );

        Assert.True(requests >= MinRequests, $"Only {requests} requests were made.");
        // One check per dependency and second for the whole fleet, one when it began and one when the second instance came.
        double most = (seconds / Staleness) + 2;
        Assert.InRange(asked, Load.TotalSeconds / 2, most);
        // A login is a transaction, too: one per connection, of which each instance has one per interval at most.
        Assert.InRange(transactions, Load.TotalSeconds / 2, most + 4);
        // The probe's script alone calls it, where nothing is someone else's.
        Assert.InRange(commands["unlink"], Load.TotalSeconds / 2, most + 3);
        // Two instances read, and each of three checks writes a record; one of them is a script itself.
        Assert.InRange(commands["eval"], Load.TotalSeconds, 6 * most);
    }

    /// <returns>How many requests were answered; all were open.</returns>
    private static async Task<long> RequestAsync(params HxInstance[] instances)
    {
        using CancellationTokenSource stop = new(Load);
        long[] counts = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(i =>
                    Task.Run(async () =>
                    {
                        long count = 0;
                        for (; !stop.IsCancellationRequested; count++)
                        {
                            Assert.Equal(HttpStatusCode.OK, (await instances[i % instances.Length].GuardAsync()).Status);
                        }

                        return count;
                    })
                )
        );
        return counts.Sum();
    }

    private static async Task<long> TransactionsAsync(PostgresServer server) =>
        (long)(await server.AdminAsync("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'hx'"))!;

    private static Dictionary<string, long> Calls(string commandStats) =>
        CommandStat()
            .Matches(commandStats)
            .ToDictionary(m => m.Groups["command"].Value, m => long.Parse(m.Groups["calls"].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^cmdstat_(?<command>[^:]+):calls=(?<calls>\d+)", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex CommandStat();
}
