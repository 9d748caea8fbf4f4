using System.Diagnostics.Metrics;
using System.Globalization;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Snapshots;
using HxFunctions.Core.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace HxFunctions.Tests.Telemetry;

/// <summary>Which series there are before anything has happened.</summary>
public sealed class CountersFromZeroTests
{
    private const string Everything = "PG_URL=postgresql://u@h/d REDIS_URL=redis://h QDRANT_URL=http://h NOTIFY_URL=https://h/x";

    [Theory]
    [InlineData(
        "hx.guard.decisions",
        "",
        "none open enforce|none closed enforce|/a open enforce|/a closed enforce|/b open enforce|/b closed enforce"
    )]
    [InlineData(
        "hx.guard.decisions",
        "GUARD_MODE=shadow",
        "none open shadow|none closed shadow|/a open shadow|/a closed shadow|/b open shadow|/b closed shadow"
    )]
    [InlineData(
        "hx.checks",
        "",
        "postgres pass|postgres warn|postgres fail|redis pass|redis warn|redis fail|qdrant pass|qdrant warn|qdrant fail"
    )]
    [InlineData(
        "hx.transitions",
        "",
        "postgres pass ok|postgres fail connection_refused|postgres fail timeout|postgres warn read_only|"
            + "redis pass ok|redis fail connection_refused|redis fail timeout|"
            + "qdrant pass ok|qdrant fail connection_refused|qdrant fail timeout"
    )]
    [InlineData("hx.lease.requests", "", "mine|others|denied|no_answer")]
    [InlineData("hx.lease.requests", "REDIS_URL=", "")]
    [InlineData("hx.notifications", "", "delivered|failed|dropped")]
    [InlineData("hx.notifications", "NOTIFY_URL=", "")]
    [InlineData("hx.timer.runs", "", "completed|failed")]
    public async Task Series_that_the_configuration_foretells_begin_at_zero(string instrument, string more, string series)
    {
        string routes = more == "REDIS_URL=" ? "/a=postgres;/b=qdrant" : "/a=postgres,redis;/a GET=qdrant;/b=qdrant";
        Assert.Equal(
            series.Split('|', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal),
            (await StartAsync(instrument, $"{Everything} {more}", routes)).Order(StringComparer.Ordinal)
        );
    }

    /// <summary>The SDK holds 2,000 series of an instrument.</summary>
    [Fact]
    public async Task Rules_are_counted_from_zero_up_to_a_number_that_leaves_room()
    {
        string routes = string.Join(
            ';',
            Enumerable.Range(0, 600).Select(i => string.Create(CultureInfo.InvariantCulture, $"/r{i}=qdrant"))
        );
        string[] series = await StartAsync("hx.guard.decisions", "QDRANT_URL=http://h", routes);
        Assert.Equal(2 * (CountersFromZero.MaxRules + 1), series.Length);
        Assert.Contains("none open enforce", series);
    }

    /// <summary>Makes counters begin, as the monitor does at its start.</summary>
    /// <returns>The tags of every series, all of which must be at 0.</returns>
    private static async Task<string[]> StartAsync(string instrument, string variables, string routes)
    {
        Dictionary<string, string?> all = new() { [Variables.GuardRoutes] = routes };
        foreach (string[] pair in variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('=', 2)))
        {
            all[pair[0]] = pair[1];
        }

        await using ServiceProvider services = new ServiceCollection()
            .AddLogging()
            .AddHxFunctions(new ConfigurationBuilder().AddInMemoryCollection(all).Build())
            .BuildServiceProvider();
        Assert.Empty(services.GetRequiredService<HxSettings>().Problems);
        using MetricCollector<long> counted = new(services.GetRequiredService<IMeterFactory>(), HxMeter.Name, instrument);
        services.GetRequiredService<SnapshotGauges>().Register();

        counted.RecordObservableInstruments();
        IReadOnlyList<CollectedMeasurement<long>> measurements = counted.GetMeasurementSnapshot();
        Assert.All(measurements, m => Assert.Equal(0, m.Value));
        string[] order = ["dependency", "rule", "status", "verdict", "mode", "reason", "outcome"];
        return [.. measurements.Select(m => string.Join(' ', order.Where(m.Tags.ContainsKey).Select(tag => m.Tags[tag])))];
    }
}
