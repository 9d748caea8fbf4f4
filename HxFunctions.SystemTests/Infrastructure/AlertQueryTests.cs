using System.Text.Json.Nodes;
using System.Xml;
using HxFunctions.SystemTests.Infrastructure.Kql;
using KqlRow = System.Collections.Generic.IReadOnlyDictionary<string, object?>;
using KqlRows = System.Collections.Generic.IReadOnlyList<System.Collections.Generic.IReadOnlyDictionary<string, object?>>;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>The queries of alerts and workbook, as deployed, run over what the app really exports.</summary>
public sealed class AlertQueryTests(ExportedTelemetry exported) : IClassFixture<ExportedTelemetry>
{
    /// <summary>What has been reported up to now, a letter a minute (see <see cref="ExportedTelemetry.TimeLine"/>), and which alerts
    /// speak.</summary>
    [Theory]
    [InlineData("15H", "")]
    // Shorter than five minutes is what restarts and failovers take.
    [InlineData("11H4O", "guard-closed")]
    [InlineData("10H5O", "dependency-down guard-closed")]
    [InlineData("10H5O1H", "guard-closed")]
    // A long one, of which three minutes are still to come in.
    [InlineData("60O3-", "dependency-down guard-closed timer-stopped")]
    [InlineData("14H1F", "function-errors")]
    // The worker is dead, which only the host can tell; its silence is told later.
    [InlineData("14H1D", "requests-failing")]
    [InlineData("3H12D", "requests-failing snapshot-too-old")]
    [InlineData("14H1N", "requests-failing")]
    [InlineData("14H1S", "requests-failing")]
    [InlineData("14H1E", "")]
    [InlineData("15C", "")]
    // Nobody has reported for an hour: that code was never deployed looks the same.
    [InlineData("15H60-", "snapshot-too-old timer-stopped")]
    [InlineData("", "snapshot-too-old timer-stopped")]
    public async Task Alerts_speak_when_they_should_and_only_then(string minutes, string expected)
    {
        List<string> speaking = [];
        foreach (JsonObject alert in await AlertsAsync())
        {
            if ((await RunAsync(alert, minutes)).Count > 0)
            {
                speaking.Add(NameOf(alert));
            }
        }

        Assert.Equal(expected, string.Join(' ', speaking.Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("dependency-down", "60O", "qdrant", 5)]
    [InlineData("guard-closed", "1O", "/v1/keys", 1)]
    public async Task Alert_names_its_subject_and_a_value_above_its_threshold(string name, string minutes, string subject, double atLeast)
    {
        JsonObject alert = (await AlertsAsync()).Single(a => NameOf(a) == name);
        KqlRow row = Assert.Single(await RunAsync(alert, minutes));
        Assert.Equal(subject, row["Subject"]);
        Assert.True((double)row["Value"]! >= atLeast);
    }

    /// <summary>The age is that of the real report; the limit is moved to either side of it.</summary>
    [Theory]
    [InlineData("> 0", 1)]
    [InlineData("> 100000", 0)]
    public async Task Knowledge_that_is_too_old_is_told_by_its_age(string limit, int rows)
    {
        JsonObject alert = (await AlertsAsync()).Single(a => NameOf(a) == "snapshot-too-old");
        string query = QueryOf(alert);
        string limited = query.Replace("> 95", limit, StringComparison.Ordinal);
        Assert.NotEqual(query, limited);
        Assert.Equal(rows, Run(limited, await TablesAsync(exported.TimeLine("15H"))).Count);
    }

    [Fact]
    public async Task Every_query_of_the_workbook_has_rows()
    {
        foreach ((string name, string query) in await WorkbookAsync())
        {
            Assert.True(Run(query, await TablesAsync(exported.TimeLine("5H5O"))).Count > 0, name);
        }
    }

    [Theory]
    [InlineData("5H5O", "down or unknown", "connection_refused")]
    [InlineData("5O5H", "works", "ok")]
    public async Task Workbook_says_why_a_dependency_is_as_it_is(string minutes, string state, string reason)
    {
        KqlRow row = Assert.Single(await WorkbookRowsAsync("dependencies-now", minutes));
        Assert.Equal(("qdrant", state, reason), (row["Dependency"], row["State"], row["Reason"]));
    }

    [Fact]
    public async Task Workbook_shows_overrides_refusals_transitions_runs_and_calls()
    {
        Assert.Equal("closed", Assert.Single(await WorkbookRowsAsync("overrides", "5O"))["Mode"]);
        Assert.Contains(await WorkbookRowsAsync("refused", "1O"), r => ((string)r["Rule"]!, (string)r["Mode"]!) == ("/v1/keys", "enforce"));
        Assert.Contains(await WorkbookRowsAsync("transitions", "1O"), r => (string)r["Reason"]! == "connection_refused");
        Assert.Contains(await WorkbookRowsAsync("timer-runs", "1H"), r => ((string)r["Outcome"]!, (double)r["Runs"]!) == ("completed", 1));
        Assert.Contains(
            await WorkbookRowsAsync("functions", "1F"),
            r => ((string)r["Function"]!, (double)r["Failed"]! > 0) == ("function Snapshot", true)
        );
        // Without any, the table says so instead of zeros.
        Assert.Empty(await WorkbookRowsAsync("overrides", "5H"));
        Assert.Empty(await WorkbookRowsAsync("refused", "5H"));
    }

    private async Task<KqlRows> WorkbookRowsAsync(string item, string minutes) =>
        Run((await WorkbookAsync()).Single(i => i.Name == item).Query, await TablesAsync(exported.TimeLine(minutes)));

    /// <summary>By Azure the query gets what lies in the rule's window, and is asked for the greatest Value.</summary>
    private async Task<KqlRows> RunAsync(JsonObject alert, string minutes)
    {
        DateTime since = ExportedTelemetry.Last - XmlConvert.ToTimeSpan((string)alert["properties"]!["windowSize"]!);
        IEnumerable<JsonObject> seen = exported.TimeLine(minutes).Where(e => DateTime.Parse((string)e["time"]!).ToUniversalTime() > since);
        return [.. Run(QueryOf(alert), await TablesAsync(seen)).Where(row => (double)row["Value"]! > 0)];
    }

    private static KqlRows Run(string query, IReadOnlyDictionary<string, KqlRows> tables) =>
        KqlQuery.Run(query, tables, ExportedTelemetry.Last);

    private static async Task<Dictionary<string, KqlRows>> TablesAsync(IEnumerable<JsonObject> envelopes) =>
        IngestedTables.Of(envelopes, (string)(await DevAsync("Microsoft.Insights/components")).Single()["id"]!);

    private static async Task<JsonObject[]> AlertsAsync() =>
        [.. Compiled.Resources((await Compiled.GetAsync()).DevConnected, "Microsoft.Insights/scheduledQueryRules")];

    private static string QueryOf(JsonObject alert) => (string)alert["properties"]!["criteria"]!["allOf"]![0]!["query"]!;

    private static string NameOf(JsonObject alert) => ((string)alert["properties"]!["displayName"]!).Split(": ")[1];

    private static async Task<(string Name, string Query)[]> WorkbookAsync()
    {
        JsonObject workbook = (await DevAsync("Microsoft.Insights/workbooks")).Single();
        JsonNode content = JsonNode.Parse((string)workbook["properties"]!["serializedData"]!)!;
        return
        [
            .. content["items"]!
                .AsArray()
                .Where(item => item!["content"]!["query"] is not null)
                // The workbook puts a length there that suits the time range.
                .Select(i =>
                    ((string)i!["name"]!, ((string)i["content"]!["query"]!).Replace("{range:grain}", "5m", StringComparison.Ordinal))
                ),
        ];
    }

    private static async Task<JsonObject[]> DevAsync(string type) => [.. Compiled.Resources((await Compiled.GetAsync()).Dev, type)];
}
