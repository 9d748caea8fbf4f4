using System.Text.Json;
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
    [InlineData("requests-failing", "AppRequests")]
    public async Task Alert_looks_at_what_it_is_about(string name, string subject)
    {
        Compiled compiled = await Compiled.GetAsync();
        foreach (JsonObject deployment in (JsonObject[])[compiled.DevConnected, compiled.ProdConnected])
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

    /// <summary>A dead man's switch would speak from the deployment of the infrastructure on, until there is code. The first phase has no
    /// alerts, so that it neither makes them too early nor turns them off at the next deployment; in the second nothing turns them
    /// off.</summary>
    [Fact]
    public async Task Alerts_come_with_the_second_phase_alone()
    {
        Compiled compiled = await Compiled.GetAsync();
        const string Alert = "Microsoft.Insights/scheduledQueryRules";
        Assert.DoesNotContain(ResourceOrder.All(compiled.Template).SelectMany(o => o.Nodes), n => n.Has(Alert));
        ResourceOrder main = ResourceOrder.All(compiled.ConnectTemplate).First();
        Assert.Equal(["alerts"], main.Nodes.Where(n => n.Has(Alert)).Select(n => n.Name));
        // The module is always deployed, and after what needs the code.
        Assert.Equal("", main["alerts"].Condition);
        Assert.Subset(main.SurelyBefore("alerts"), new HashSet<string> { "guardKey", "guardInGateway" });
        ResourceOrder.Node rules = ResourceOrder.All(compiled.ConnectTemplate).Single(o => o.Template == "main/alerts")["alerts"];
        Assert.Equal("", rules.Condition);
        foreach (JsonObject deployment in (JsonObject[])[compiled.DevConnected, compiled.ProdConnected, compiled.BroughtResourcesConnected])
        {
            JsonObject[] alerts = [.. Compiled.Resources(deployment, Alert)];
            Assert.Equal(6, alerts.Length);
            Assert.All(alerts, a => Assert.Equal(JsonValueKind.True, a["properties"]!["enabled"]!.GetValueKind()));
        }
    }

    /// <summary>Both phases reckon their names: alerts would look at a workspace that isn't there, or at other apps' telemetry.</summary>
    [Fact]
    public async Task Alerts_look_where_the_first_phase_put_the_telemetry()
    {
        Compiled compiled = await Compiled.GetAsync();
        foreach (
            (JsonObject first, JsonObject second) in ((JsonObject, JsonObject)[])
                [(compiled.Dev, compiled.DevConnected), (compiled.Prod, compiled.ProdConnected)]
        )
        {
            string workspace = (string)Compiled.Resources(first, "Microsoft.OperationalInsights/workspaces").Single()["id"]!;
            string insights = (string)Compiled.Resources(first, "Microsoft.Insights/components").Single()["id"]!;
            Assert.All(
                Compiled.Resources(second, "Microsoft.Insights/scheduledQueryRules"),
                alert =>
                {
                    Assert.Equal(workspace, (string)Assert.Single(alert["properties"]!["scopes"]!.AsArray())!);
                    string query = (string)alert["properties"]!["criteria"]!["allOf"]![0]!["query"]!;
                    Assert.Contains($"'{insights}'", query, StringComparison.Ordinal);
                }
            );
        }

        Assert.All(
            Compiled.Resources(compiled.BroughtResourcesConnected, "Microsoft.Insights/scheduledQueryRules"),
            alert => Assert.EndsWith("/workspaces/log-own", (string)alert["properties"]!["scopes"]![0]!, StringComparison.Ordinal)
        );
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
