using System.Net;
using System.Text;
using System.Text.Json;
using HxFunctions.Core.Configuration;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Integration;
using HxFunctions.Tests.Servers;

namespace HxFunctions.SystemTests.Commands;

/// <summary>What other tests ask of the code in their own process, asked once of the program: a native build has left out what it doesn't
/// see used.</summary>
[Trait(HxProgram.Trait, HxProgram.Any)]
public sealed class WholeProgramTests
{
    [Fact]
    public async Task Check_reaches_both_servers_by_TLS_and_trusts_no_other_authority()
    {
        await using RedisServer redis = await RedisServer.StartAsync(new() { Tls = true, Password = "made-up" });
        await using PostgresServer postgres = await PostgresServer.StartAsync();
        using ThrowAwayDirectory directory = new("hx-pg-tls-");
        TlsFiles tls = TlsFiles.Write(directory.Path);
        await postgres.UseTlsAsync(directory, tls.Certificate, tls.Key);

        HxProcess.Ending trusted = await CheckAsync(
            $"{postgres.Url}?sslmode=verify-full&sslrootcert={Uri.EscapeDataString(tls.Authority)}",
            $"{redis.Url}?ssl_ca_certs={Uri.EscapeDataString(redis.AuthorityFile!)}"
        );
        HxProcess.Ending untrusted = await CheckAsync(
            $"{postgres.Url}?sslmode=verify-full&sslrootcert={Uri.EscapeDataString(redis.AuthorityFile!)}",
            $"{redis.Url}?ssl_ca_certs={Uri.EscapeDataString(tls.Authority)}"
        );

        Assert.Equal(["postgres ok", "redis ok"], Reasons(trusted));
        Assert.Equal((0, ""), (trusted.Code, trusted.Error));
        Assert.Equal(["postgres tls_failure", "redis tls_failure"], Reasons(untrusted));
        Assert.Equal(1, untrusted.Code);
    }

    [Fact]
    public async Task Serve_answers_with_status_metrics_and_an_override()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using HxChild hx = await HxChild.StartAsync(
            new Dictionary<string, string?> { [Variables.RedisUrl] = redis.Url, [Variables.GuardRoutes] = "/v1/keys=redis" }
        );
        await hx.UntilAsync(HttpStatusCode.OK);
        using HttpClient client = new() { BaseAddress = hx.Address };
        using StringContent body = new(
            """{"verdict":"closed","durationSeconds":60,"reason":"maintenance","by":"ops"}""",
            Encoding.UTF8,
            "application/json"
        );

        using HttpResponseMessage set = await client.PostAsync(new Uri("override", UriKind.Relative), body);

        Assert.Equal(HttpStatusCode.OK, set.StatusCode);
        Assert.Equal("ops", (await JsonAsync(set)).GetProperty("override").GetProperty("by").GetString());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await hx.GuardAsync());

        using HttpResponseMessage history = await client.GetAsync(new Uri("status/history", UriKind.Relative));
        JsonElement told = await JsonAsync(history);
        Assert.Equal("available", told.GetProperty("history").GetString());
        Assert.Equal("closed", told.GetProperty("headline").GetProperty("state").GetString());
        Assert.Equal("redis pass", Assert.Single(told.GetProperty("dependencies").EnumerateArray().Select(StatusOf)));
        using HttpResponseMessage page = await client.GetAsync(new Uri("status", UriKind.Relative));
        Assert.Equal("text/html", page.Content.Headers.ContentType!.MediaType);
        Assert.Contains("maintenance", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        // A scrape is kept for 300 ms, and histograms begin two seconds after the start (docs/telemetry.md).
        await Eventually.TrueAsync(async () =>
        {
            await hx.GuardAsync();
            string[] lines = (await client.GetStringAsync(new Uri("metrics", UriKind.Relative))).Split('\n');
            return Counted(lines, "hx_guard_decisions_total", "rule=\"/v1/keys\"", "verdict=\"closed\"")
                && Counted(lines, "hx_transitions_total", "dependency=\"redis\"", "status=\"pass\"")
                && Counted(lines, "http_server_request_duration_seconds_count", "http_route=\"/guard\"");
        });
    }

    [Fact]
    public async Task Smoke_passes_where_gateway_and_guard_are_wired()
    {
        await using SmokeRig rig = await SmokeRig.StartAsync();

        HxProcess.Ending ending = await HxProcess.RunAsync(
            $"smoke {rig.Line()} --json",
            [.. Smoked.Keys.Select(key => (key.Name, (string?)key.Value))]
        );

        Assert.True(ending.Code == 0, ending.Output + ending.Error);
        JsonElement report = JsonDocument.Parse(ending.Output).RootElement;
        Assert.Equal("pass", report.GetProperty("status").GetString());
        Assert.Equal(
            "pass 401",
            Assert.Single(
                report
                    .GetProperty("checks")
                    .EnumerateArray()
                    .Where(check => (check.Text("suite"), check.Text("name")) == ("route /key", "no key"))
                    .Select(check => $"{check.Text("status")} {check.Text("found")}")
            )
        );
    }

    private static Task<HxProcess.Ending> CheckAsync(string postgres, string redis) =>
        HxProcess.RunAsync("check --json", (Variables.PgUrl, postgres), (Variables.RedisUrl, redis));

    private static string[] Reasons(HxProcess.Ending ending) =>
        [
            .. JsonDocument
                .Parse(ending.Output)
                .RootElement.GetProperty("dependencies")
                .EnumerateObject()
                .Select(one => $"{one.Name} {one.Value.GetProperty("reason")}"),
        ];

    private static string StatusOf(JsonElement dependency) => $"{dependency.GetProperty("name")} {dependency.GetProperty("status")}";

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage answer) =>
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;

    /// <summary>Whether a scrape has this series, and not at 0.</summary>
    private static bool Counted(string[] lines, string name, params string[] tags) =>
        lines.Any(line =>
            line.StartsWith(name + '{', StringComparison.Ordinal)
            && tags.All(tag => line.Contains(tag, StringComparison.Ordinal))
            && line.Split(' ')[^1] != "0"
        );
}
