using System.Text.Json.Nodes;
using System.Xml;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Infrastructure;

public class MonitoringTests
{
    private static readonly string[] Metrics =
    [
        "hx.dependency.state",
        "hx.guard.decisions",
        "hx.override",
        "hx.probe.duration",
        "hx.snapshot.age",
        "hx.timer.runs",
        "hx.transitions",
    ];

    [Theory]
    [InlineData("dependency-down", "hx.dependency.state")]
    [InlineData("guard-closed", "hx.guard.decisions")]
    [InlineData("snapshot-too-old", "hx.snapshot.age")]
    [InlineData("timer-stopped", "hx.timer.runs")]
    [InlineData("function-errors", "AppExceptions")]
    public async Task Alert_looks_at_what_it_is_about(string name, string subject)
    {
        Compiled compiled = await Compiled.GetAsync();
        foreach (JsonObject deployment in (JsonObject[])[compiled.Dev, compiled.Prod])
        {
            JsonNode alert = Compiled
                .Resources(deployment, "Microsoft.Insights/scheduledQueryRules")
                .Single(r => ((string)r["name"]!).EndsWith(name, StringComparison.Ordinal))["properties"]!;
            string query = (string)alert["criteria"]!["allOf"]![0]!["query"]!;
            Assert.Contains(subject, query, StringComparison.Ordinal);
            Assert.DoesNotContain("{{", query, StringComparison.Ordinal);
            // A workspace may hold other apps' telemetry.
            Assert.Contains("_ResourceId =~ '/subscriptions/", query, StringComparison.Ordinal);
            // Azure takes no rule with these: https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-log-query#log-query-constraints
            Assert.DoesNotMatch(
                @"\b(union|search)\b",
                string.Join('\n', query.Split('\n').Where(line => !line.StartsWith("//", StringComparison.Ordinal)))
            );
            Assert.NotEmpty((string)alert["description"]!);
            // Who is told learns which app it is.
            Assert.Contains(
                "/Microsoft.Web/sites/",
                (string)alert["actions"]!["customProperties"]!["functionApp"]!,
                StringComparison.Ordinal
            );
            // Ingestion takes minutes. A shorter window would never hold what came too late for the look before.
            Assert.True(
                XmlConvert.ToTimeSpan((string)alert["windowSize"]!)
                    >= XmlConvert.ToTimeSpan((string)alert["evaluationFrequency"]!) + TimeSpan.FromMinutes(5)
            );
        }
    }

    /// <summary>A dead man's switch would speak from the deployment of the infrastructure on, until there is code.</summary>
    [Fact]
    public async Task Alerts_are_on_or_off_by_a_parameter()
    {
        Compiled compiled = await Compiled.GetAsync();
        TemplateWalk.Part parameter = TemplateWalk
            .Parameters(compiled.Template)
            .Single(p => p.Name.EndsWith("/alerts.alertsEnabled", StringComparison.Ordinal));
        Assert.True((bool)parameter.Body["defaultValue"]!);
        JsonObject rule = compiled.Template["resources"]!["alerts"]!["properties"]!["template"]!["resources"]!["alerts"]!.AsObject();
        Assert.Equal("[parameters('alertsEnabled')]", (string?)rule["properties"]!["enabled"]);
    }

    [Theory]
    [InlineData("snapshot-too-old", "Reports == 0")]
    [InlineData("timer-stopped", "Runs == 0")]
    public void Dead_mans_switch_speaks_when_there_is_nothing_to_read(string name, string condition)
    {
        string query = File.ReadAllText(Path.Combine(Repository.Root, "infra", "monitoring", $"{name}.kql"));
        Assert.Contains(condition, query, StringComparison.Ordinal);
        // summarize without "by" gives a row for an empty table, with "by" it gives none.
        string summarize = Assert.Single(query.Split('\n'), line => line.Contains("summarize", StringComparison.Ordinal));
        Assert.DoesNotContain(" by ", summarize, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Workbook_is_valid_and_shows_every_metric()
    {
        JsonObject workbook = Compiled.Resources((await Compiled.GetAsync()).Dev, "Microsoft.Insights/workbooks").Single();
        string text = (string)workbook["properties"]!["serializedData"]!;
        JsonNode content = JsonNode.Parse(text)!;
        Assert.Equal("Notebook/1.0", (string)content["version"]!);
        Assert.DoesNotContain("{{", text, StringComparison.Ordinal);
        string[] queries = [.. content["items"]!.AsArray().Select(i => (string?)i!["content"]!["query"]).OfType<string>()];
        Assert.All(Metrics, m => Assert.Contains(queries, q => q.Contains($"'{m}'", StringComparison.Ordinal)));
        string[] names = [.. content["items"]!.AsArray().Select(i => (string)i!["name"]!)];
        Assert.Distinct(names);
    }

    [Fact]
    public void Metric_names_stand_in_one_file()
    {
        string infra = Path.Combine(Repository.Root, "infra");
        string[] files =
        [
            .. Directory
                .EnumerateFiles(infra, "*", SearchOption.AllDirectories)
                .Where(f =>
                    Path.GetExtension(f) is ".bicep" or ".kql" or ".json" or ".bicepparam"
                    && Metrics.Any(m => File.ReadAllText(f).Contains($"'{m}'", StringComparison.Ordinal))
                )
                .Select(f => Path.GetRelativePath(infra, f)),
        ];
        Assert.Equal(["telemetry.bicep"], files);
    }
}
