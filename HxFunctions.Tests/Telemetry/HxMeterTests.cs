using System.Diagnostics.Metrics;
using System.Net;
using HxFunctions.Core.Telemetry;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace HxFunctions.Tests.Telemetry;

public sealed class HxMeterTests
{
    [Theory]
    [InlineData("enforce", "closed", "GUARD_MODE", "enforce")]
    [InlineData("shadow", "closed", "GUARD_MODE", "shadow")]
    [InlineData("off", "open", "ENABLE_DB_GUARD", "false")]
    public async Task Decisions_are_counted_by_rule_verdict_and_mode(string mode, string verdict, string variable, string value)
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(StubCheck.Failing(), (variable, value));
        using MetricCollector<long> decisions = Collect<long>(hx, "hx.guard.decisions");

        await hx.RawAsync("GET /guard?path=/v1/keys&method=POST");
        await hx.RawAsync("GET /guard?path=/v1/models&method=POST");
        // What people look at, and what has no verdict, is no decision.
        await hx.RawAsync("GET /guard/verdicts");
        await hx.RawAsync("GET /status");
        await hx.RawAsync("GET /guard");

        Assert.Equal(
            [Line("/v1/keys", verdict), Line("none", "open")],
            Counted(decisions)
                .Select(m => (m.Value, m.Tags["rule"], m.Tags["verdict"], m.Tags["mode"]))
                .OrderBy(line => (string)line.Item2!, StringComparer.Ordinal)
        );

        (long, object?, object?, object?) Line(string rule, string said) => (1, rule, said, mode);
    }

    [Fact]
    public async Task Hostile_paths_and_methods_make_no_new_series()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck());
        using MetricCollector<long> decisions = Collect<long>(hx, "hx.guard.decisions");
        int asked = 0;
        foreach (string path in new[] { "/v1/keys", "/%76%31/keys", "/x/../v1/keys", "/a", "/%zz", "/%00", $"/{new string('a', 9000)}" })
        {
            foreach (string method in new[] { "GET", "POST", "get", "X-MADE-UP" })
            {
                await hx.RawAsync($"GET /guard?path={Uri.EscapeDataString(path)}&method={method}");
                asked++;
            }
        }

        IReadOnlyList<CollectedMeasurement<long>> counted = Counted(decisions);
        Assert.Equal(asked, counted.Sum(m => m.Value));
        Assert.Equal(["/v1/keys", "none"], counted.Select(m => (string)m.Tags["rule"]!).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(["enforce open"], counted.Select(m => $"{m.Tags["mode"]} {m.Tags["verdict"]}").Distinct());
    }

    [Fact]
    public async Task Override_shows_in_its_gauge_and_in_decisions()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck());
        using MetricCollector<long> decisions = Collect<long>(hx, "hx.guard.decisions");
        using MetricCollector<int> overrides = Collect<int>(hx, "hx.override");
        using HttpRequestMessage set = new(HttpMethod.Post, "override")
        {
            Content = new StringContent("""{"verdict":"closed","durationSeconds":60,"reason":"drill","by":"ops"}"""),
        };
        Assert.Equal(HttpStatusCode.OK, (await hx.SendAsync(set)).Status);
        await hx.RawAsync("GET /guard?path=/v1/keys&method=POST");

        overrides.RecordObservableInstruments();
        Assert.Equal([("closed", 1), ("open", 0)], overrides.GetMeasurementSnapshot().Select(m => ((string)m.Tags["mode"]!, m.Value)));
        Assert.Equal("closed", Assert.Single(Counted(decisions)).Tags["verdict"]);
    }

    [Fact]
    public async Task Foreign_reasons_are_other_in_metrics()
    {
        await using HxInstance hx = await Surface.StartAsync(StubCheck.Failing("attempt_4711"));
        using MetricCollector<double> probes = Collect<double>(hx, "hx.probe.duration");
        await hx.RawAsync("GET /health/all?live=true");
        Assert.All(probes.GetMeasurementSnapshot(), m => Assert.Equal("other", m.Tags["reason"]));
        Assert.NotEmpty(probes.GetMeasurementSnapshot());
    }

    /// <summary>The series in which something was counted.</summary>
    private static IReadOnlyList<CollectedMeasurement<long>> Counted(MetricCollector<long> counter)
    {
        counter.RecordObservableInstruments();
        return [.. counter.GetMeasurementSnapshot().Where(m => m.Value > 0)];
    }

    private static MetricCollector<T> Collect<T>(HxInstance hx, string instrument)
        where T : struct => new(hx.Services.GetRequiredService<IMeterFactory>(), HxMeter.Name, instrument);
}
