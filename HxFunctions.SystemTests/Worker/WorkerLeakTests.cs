using HxFunctions.Core.Http;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Faults;

namespace HxFunctions.SystemTests.Worker;

/// <summary>Keys and paths of callers leave the app by no log and no exporter.</summary>
public sealed class WorkerLeakTests
{
    private const string Code = "canary-of-code";
    private const string KeyHeader = "canary-of-key-header";
    private const string Path = "canary-of-path";
    private const string Query = "canary-of-query";
    private const string Header = "canary-of-header";

    private static readonly string[] Requests =
    [
        $"GET /guard?path=/{Path}/{Query}&code={Code}",
        $"GET /guard?path=/v1/keys/{Path}&method={Query}&code={Code}",
        $"GET /guard/check/{Path}?{Query}&code={Code}",
        $"{Header} /guard/check/{Path}",
        $"GET /guard/check?code={Code}",
        $"GET /guard/verdicts?code={Code}",
        $"GET /health/all?code={Code}&live=true&{Query}",
        $"GET /health/{Path}?code={Code}",
        $"GET /healthz/live?{Query}",
        $"GET /healthz/ready?{Query}",
        $"GET /healthz/deps?{Query}",
        $"GET /status?code={Code}",
        $"GET /status/history?code={Code}",
        $"GET /status/feed?code={Code}",
        $"GET /badge/all.svg?code={Code}",
        $"GET /badge/{Path}.svg?code={Code}",
        $"GET /openapi.json?{Query}",
        $"GET /override?code={Code}",
        $"POST /override?code={Code}",
        $"DELETE /override?code={Code}",
    ];

    /// <summary>Everything that anyone could turn on in the configuration of logging.</summary>
    private static readonly (string Name, string? Value)[] AllLogging =
    [
        .. from provider in new[] { "", "Console__", "OpenTelemetry__" }
        from category in new[] { "Default", "Microsoft", "Microsoft.AspNetCore", "Microsoft.AspNetCore.Hosting.Diagnostics", "System" }
        select ($"Logging__{provider}LogLevel__{category}", (string?)"Trace"),
    ];

    [Fact]
    public void Every_endpoint_is_asked() => Assert.Empty(AskedEndpoints.FindMissing(Endpoints.All, Requests));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_key_and_no_target_of_a_request_is_logged_or_exported(bool allLogging)
    {
        await using TelemetrySink sink = await TelemetrySink.StartAsync();
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        (string Name, string? Value)[] more =
        [
            .. WorkerSettings.ExportTo(sink.Address),
            ("APPLICATIONINSIGHTS_CONNECTION_STRING", sink.AzureMonitor),
            // The exporter's own statistics, which go to Microsoft.
            ("APPLICATIONINSIGHTS_STATSBEAT_DISABLED", "true"),
            .. allLogging ? AllLogging : [],
        ];
        await using PlayedHost host = await PlayedHost.StartAsync(WorkerSettings.With(qdrant, more));

        (string Name, string Value)[] headers =
        [
            ("x-functions-key", KeyHeader),
            ("User-Agent", Header),
            ("Referer", $"http://{Header}/"),
            ("X-Original-URI", $"/{Path}?{Query}"),
            ("X-Forwarded-For", Header),
            ("tracestate", $"{Header}=1"),
            ("baggage", $"key={Header}"),
        ];
        // Who and why are logged, on purpose; clearing is only told where there was one.
        const string Override = """{"verdict":"open","durationSeconds":60,"reason":"a test","by":"a tester"}""";
        using StringContent valid = new(Override);
        WorkerAnswer taken = await host.SendAsync("POST", $"/override?code={Code}", valid, headers);
        Assert.Equal(200, taken.Status);
        foreach (string request in Requests)
        {
            string[] parts = request.Split(' ');
            using StringContent? body = parts[0] == "POST" ? new($"{{\"{Query}\"") : null;
            await host.SendAsync(parts[0], parts[1], body, headers);
        }

        await host.TerminateAsync();
        Assert.Equal(0, await host.Process.Ended.WaitAsync(PlayedHost.Patience));

        // There was something to look into, of every kind.
        string[] paths = ["/v1/logs", "/v1/metrics", "/v1/traces", "/v2.1/track"];
        Assert.Empty(paths.Except(sink.Taken.Select(sent => sent.Path)));
        foreach (string word in new[] { "hx.guard.decisions", "Override in effect", "Override cleared", "function GuardCheck" })
        {
            string[] where = [.. sink.Taken.Where(s => s.Body.Contains(word, StringComparison.Ordinal)).Select(s => s.Path).Distinct()];
            Assert.True(where.Contains("/v2.1/track") && where.Length > 1, $"{word} is only in: {string.Join(' ', where)}");
        }

        Assert.Contains(host.Log.Lines, line => line.Source == HostLogSource.Output);
        Assert.Contains(host.Log.Lines, line => line.Source == HostLogSource.Rpc);

        Canaries canaries = new(Code, KeyHeader, Path, Query, Header);
        IEnumerable<string> finds =
            from text in sink.Taken.Select(sent => sent.Path + ": " + sent.Body).Concat(host.Log.Lines.Select(line => line.ToString()))
            let found = canaries.FindIn(text)
            where found is not null
            let at = text.IndexOf(found.Value.Form, StringComparison.OrdinalIgnoreCase)
            select $"{text[..Math.Min(12, text.Length)]} … {text[Math.Max(0, at - 60)..Math.Min(text.Length, at + 60)]}";
        Assert.Empty(finds);
    }
}
