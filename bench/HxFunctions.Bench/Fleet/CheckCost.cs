using System.Globalization;
using HxFunctions.Bench.Report;
using HxFunctions.Bench.Runs;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Telemetry;
using HxFunctions.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HxFunctions.Bench.Fleet;

/// <summary>Processor time that one check takes at the server: that of all its processes, over many checks one after the other.</summary>
internal static class CheckCost
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    public static async Task<MarkdownTable> RunAsync(int checks)
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync(
            new() { Settings = new Dictionary<string, string> { ["autovacuum"] = "off" } }
        );
        await using RedisServer redis = await RedisServer.StartAsync();
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["PG_URL"] = postgres.Url, ["REDIS_URL"] = redis.Url })
            .Build();
        await using ServiceProvider services = new ServiceCollection().AddLogging().AddHxFunctions(configuration).BuildServiceProvider();
        int ofPostgres = await ProcessOfAsync(postgres);
        int ofRedis = await ProcessOfAsync(redis);

        MarkdownTable table = new("at the server", "CPU time, µs", "round trip, p50, ms");
        await AddAsync(table, "PostgreSQL: a check", ofPostgres, checks, Probe(services, "postgres"));
        await AddAsync(table, "PostgreSQL: a login", ofPostgres, checks / 40, () => LogInAsync(postgres));
        await AddAsync(table, "Redis: a check", ofRedis, checks, Probe(services, "redis"));
        return table;
    }

    private static async Task AddAsync(MarkdownTable table, string label, int process, int times, Func<Task<TimeSpan>> once)
    {
        // The first opens the connection.
        await once();
        double before = ProcessorTime.OfTree(process);
        List<double> took = [];
        for (int i = 0; i < times; i++)
        {
            took.Add((await once()).TotalMilliseconds);
        }

        table.Add(label, (ProcessorTime.OfTree(process) - before) / times * 1e6, Numbers.Median(took));
    }

    private static Func<Task<TimeSpan>> Probe(ServiceProvider services, string name)
    {
        DependencyProbe probe = new(
            services.GetRequiredService<DependencySet>().Find(name)!,
            services.GetRequiredService<IServiceScopeFactory>(),
            TimeProvider.System,
            TaskScheduler.Default,
            services.GetRequiredService<Redactor>(),
            services.GetRequiredService<HxMeter>(),
            services.GetRequiredService<ILogger<DependencyProbe>>()
        );
        return async () =>
        {
            ProbeOutcome outcome = await probe.ProbeAsync(Deadline);
            return outcome.Status == DependencyStatus.Pass
                ? outcome.Latency
                : throw new InvalidOperationException($"The check of {name} came to {outcome.Reason}.");
        };
    }

    private static async Task<TimeSpan> LogInAsync(PostgresServer server)
    {
        long started = TimeProvider.System.GetTimestamp();
        await using NpgsqlConnection connection = new(server.ConnectionString);
        await connection.OpenAsync();
        return TimeProvider.System.GetElapsedTime(started);
    }

    private static async Task<int> ProcessOfAsync(PostgresServer server) =>
        // The first line is the process id ("postmaster.pid", the documentation's chapter on files).
        Number(((string)(await server.AdminAsync("SELECT pg_read_file('postmaster.pid')"))!).Split('\n')[0]);

    private static async Task<int> ProcessOfAsync(RedisServer server)
    {
        const string Name = "process_id:";
        string info = await server.CommandAsync("INFO", "server");
        return Number(info.Split('\n').Single(line => line.StartsWith(Name, StringComparison.Ordinal))[Name.Length..]);
    }

    private static int Number(string text) => int.Parse(text.Trim(), CultureInfo.InvariantCulture);
}
