using System.Globalization;
using System.Net;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Integration;

/// <summary>The promise of the defaults: with the guard in use a killed dependency closes its routes within 3 s, a hung one within 7.5 s,
/// and they reopen within 5.5 s.</summary>
/// <remarks>Asserted with margin for busy machines; the figures are printed.</remarks>
[Collection(MeasuredCollection.Name)]
public sealed class DetectionTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Killed = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Hung = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Reopened = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SlowestAnswer = TimeSpan.FromMilliseconds(250);

    [Theory]
    [InlineData(QdrantMode.Healthy)]
    [InlineData(QdrantMode.Hang)]
    internal async Task Postgres_closes_and_reopens_its_routes_in_time(QdrantMode qdrantMode)
    {
        await using Servers servers = await Servers.StartAsync(qdrantMode);
        PostgresServer postgres = servers.Postgres;
        await MeasureAsync(
            servers,
            "PostgreSQL",
            postgres.KillAsync,
            () => postgres.StartAgainAsync(),
            postgres.HangAsync,
            postgres.ResumeAsync
        );
    }

    [Theory]
    [InlineData(QdrantMode.Healthy)]
    internal async Task Redis_closes_and_reopens_its_routes_in_time(QdrantMode qdrantMode)
    {
        await using Servers servers = await Servers.StartAsync(qdrantMode);
        RedisServer redis = servers.Redis;
        await MeasureAsync(servers, "Redis", redis.KillAsync, () => redis.StartAgainAsync(), redis.HangAsync, redis.ResumeAsync);
    }

    [Fact]
    public async Task Retry_after_is_true()
    {
        await using Servers servers = await Servers.StartAsync(QdrantMode.Healthy);
        // A server that is killed and started again needs a time of its own, which nobody promises.
        await using FaultProxy way = FaultProxy.Start(servers.Postgres.Port);
        Dictionary<string, string?> variables = servers.Variables;
        variables["PG_URL"] = servers.Postgres.Url.Replace($":{servers.Postgres.Port}/", $":{way.Port}/", StringComparison.Ordinal);
        await using HxInstance hx = await HxInstance.StartAsync(variables);
        await using GuardTraffic traffic = new(hx);
        await traffic.UntilAsync(HttpStatusCode.OK, Eventually.Patience);

        await way.SetAsync(FaultMode.Refuse);
        (_, HxInstance.Answer closed) = await traffic.UntilAsync(HttpStatusCode.ServiceUnavailable, Killed);
        TimeSpan promised = closed.RetryAfter!.Value;
        Assert.Equal(promised.TotalSeconds, closed.Json.GetProperty("retryAfterSeconds").GetInt32());
        await way.SetAsync(FaultMode.Pass);
        (TimeSpan took, _) = await traffic.UntilAsync(HttpStatusCode.OK, Reopened);
        output.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"Retry-After {promised.TotalSeconds} s, open after {took.TotalSeconds:0.00} s.")
        );
        Assert.InRange(took.TotalSeconds, promised.TotalSeconds - 1.5, promised.TotalSeconds + 3);
    }

    private async Task MeasureAsync(Servers servers, string name, Func<Task> kill, Func<Task> start, Func<Task> hang, Func<Task> resume)
    {
        await using HxInstance hx = await HxInstance.StartAsync(servers.Variables);
        await using GuardTraffic traffic = new(hx);
        await traffic.UntilAsync(HttpStatusCode.OK, Eventually.Patience);
        // The first requests of a process are compiled.
        await Task.Delay(1000);
        traffic.TakeSlowest();

        await StepAsync($"{name} killed", kill, HttpStatusCode.ServiceUnavailable, Killed);
        await StepAsync($"{name} started", start, HttpStatusCode.OK, Reopened);
        await StepAsync($"{name} hung", hang, HttpStatusCode.ServiceUnavailable, Hung);
        await StepAsync($"{name} resumed", resume, HttpStatusCode.OK, Reopened);
        Assert.True(traffic.ModelsStayedOpen, "/v1/models was closed.");

        async Task StepAsync(string what, Func<Task> act, HttpStatusCode expected, TimeSpan within)
        {
            await act();
            (TimeSpan took, _) = await traffic.UntilAsync(expected, within);
            // The first moments after the change count, too.
            await Task.Delay(500);
            (TimeSpan slowest, TimeSpan comparison) = traffic.TakeSlowest();
            string figures = string.Create(
                CultureInfo.InvariantCulture,
                $"{what}, Qdrant {servers.Qdrant.Mode}: {took.TotalSeconds:0.00} s; slowest answers "
                    + $"{slowest.TotalMilliseconds:0} ms, /healthz/live {comparison.TotalMilliseconds:0} ms."
            );
            output.WriteLine(figures);
            Assert.True(slowest < SlowestAnswer + comparison, figures);
        }
    }

    /// <summary>All three servers, and the configuration that names them and nothing else.</summary>
    private sealed record Servers(PostgresServer Postgres, RedisServer Redis, QdrantSimulator Qdrant) : IAsyncDisposable
    {
        public Dictionary<string, string?> Variables =>
            new()
            {
                ["PG_URL"] = Postgres.Url,
                ["REDIS_URL"] = Redis.Url,
                ["QDRANT_URL"] = Qdrant.Url,
            };

        public static async Task<Servers> StartAsync(QdrantMode mode)
        {
            Servers servers = new(await PostgresServer.StartAsync(), await RedisServer.StartAsync(), await QdrantSimulator.StartAsync());
            servers.Qdrant.Mode = mode;
            return servers;
        }

        public async ValueTask DisposeAsync()
        {
            await Qdrant.DisposeAsync();
            await Redis.DisposeAsync();
            await Postgres.DisposeAsync();
        }
    }
}
