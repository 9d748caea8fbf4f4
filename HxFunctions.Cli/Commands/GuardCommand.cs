using System.CommandLine;
using System.Text;
using System.Text.Json;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Http;
using HxFunctions.Core.Http.Status;
using HxFunctions.Core.Snapshots;
using HxFunctions.Core.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.Cli.Commands;

/// <summary><c>hx guard PATH</c>: what the guard says of a path, with the fleet's knowledge, or a running app's word.</summary>
internal static class GuardCommand
{
    public static Command Create()
    {
        Argument<string> path = new("path") { Description = "The path as the gateway receives it, e.g. /v1/keys." };
        Option<string> method = new("--method", "-X")
        {
            HelpName = "method",
            Description = "The request's method. Every method except GET, HEAD and OPTIONS counts as a write.",
            DefaultValueFactory = _ => "GET",
        };
        OutputOptions format = new();
        RemoteOptions remote = new();
        Command command = new(
            "guard",
            "Ask the guard what a gateway would be told about a path. Exit code 0: open; 1: closed; 2: usage error."
        )
        {
            path,
            method,
            format.Output,
            format.Json,
            remote.Functions,
            remote.KeyEnvironment,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                TextWriter error = parsed.InvocationConfiguration.Error;
                string asked = parsed.GetValue(path)!,
                    by = parsed.GetValue(method)!;
                if (!GuardedRequest.IsTarget(asked))
                {
                    return await format.FailAsync(
                        parsed,
                        ExitCode.Misuse,
                        "the path must begin with '/', or with a scheme and '://', as a request's target does."
                    );
                }

                if (remote.Problem(parsed) is { } problem)
                {
                    return await format.FailAsync(parsed, ExitCode.Misuse, problem);
                }

                if (remote.Url(parsed) is { } url)
                {
                    string query = $"guard?path={Uri.EscapeDataString(asked)}&method={Uri.EscapeDataString(by)}";
                    RemoteCall call = new(
                        HttpMethod.Get,
                        query,
                        null,
                        "a key",
                        answer => answer.TryGetProperty("verdict", out JsonElement verdict) && verdict.GetString() is "open" or "closed"
                    );
                    return await remote.CallAsync(parsed, format, url, call, body => Print(body, parsed, format), cancellationToken);
                }

                Settings settings = Settings.Load();
                if (await format.ReportAsync(parsed, settings))
                {
                    return ExitCode.Misuse;
                }

                string decided = await Waiting.ShowAsync(
                    error,
                    "Reading what the instances know, and probing what nobody has checked recently",
                    DecideAsync(settings, asked, by, error, cancellationToken)
                );
                using JsonDocument answer = JsonDocument.Parse(decided);
                return Print(answer.RootElement, parsed, format);
            }
        );
        return command;
    }

    /// <summary>Joins the fleet for one decision: reads the snapshot, and checks what nobody has checked lately.</summary>
    private static async Task<string> DecideAsync(
        Settings settings,
        string path,
        string method,
        TextWriter error,
        CancellationToken cancellationToken
    )
    {
        await using ServiceProvider services = FleetKnowledge.Join(settings.Product);
        if (settings.Product.Redis is not null && await FleetKnowledge.ReadAsync(services) is null)
        {
            await error.WriteLineAsync("hx: Redis did not answer. If an override is in effect, it is unknown here.");
        }

        await services.GetRequiredService<CheckAll>().NowAsync(cancellationToken);
        GuardDecision decision = await services.GetRequiredService<Guard>().DecideAsync(path, method);
        GuardAnswer answer = new(
            decision,
            services.GetRequiredService<DependencySet>(),
            new RetryAdvice(settings.Product),
            settings.Product,
            asCheck: false,
            byHeaders: false
        );
        return answer.ToJson();
    }

    private static int Print(JsonElement answer, ParseResult parsed, OutputOptions format)
    {
        bool open = answer.TryGetProperty("verdict", out JsonElement verdict) && verdict.ValueEquals("open");
        parsed.InvocationConfiguration.Output.Write(
            format.IsForMachines(parsed) ? format.Format(parsed, CliJson.Write(answer)) : Text(answer, open)
        );
        return open ? ExitCode.Ok : ExitCode.Negative;
    }

    private static string Text(JsonElement answer, bool open)
    {
        StringBuilder text = new();
        string? rule = answer.TryGetProperty("rule", out JsonElement r) ? r.GetString() : null;
        text.Append(open ? "open" : "closed").Append(rule is null ? ": no rule guards this path" : $": rule {OneLine(rule)}");
        if (answer.TryGetProperty("wouldBe", out JsonElement wouldBe) && wouldBe.ValueEquals("closed"))
        {
            text.Append(" (shadow mode: it would be closed)");
        }

        text.AppendLine();
        if (answer.TryGetProperty("reasons", out JsonElement reasons))
        {
            foreach (JsonProperty reason in reasons.EnumerateObject())
            {
                string why = OneLine(reason.Value.GetString());
                string advice = Advice.For(why, reason.Name);
                text.Append($"  {DependencyKind.DisplayNameOf(OneLine(reason.Name))}: {why}")
                    .AppendLine(advice.Length > 0 ? $" (check {advice})" : "");
            }
        }

        if (answer.TryGetProperty("override", out JsonElement inEffect))
        {
            text.AppendLine(
                $"  override: {inEffect.GetProperty("verdict")} for {Duration(inEffect.GetProperty("endsInSeconds"))} more: "
                    + $"{OneLine(inEffect.GetProperty("reason").GetString())}"
            );
        }

        if (answer.TryGetProperty("retryAfterSeconds", out JsonElement retry))
        {
            text.AppendLine($"  could next change in {Duration(retry)}");
        }

        return text.ToString();
    }

    internal static string Duration(JsonElement seconds) => StatusText.Duration(TimeSpan.FromSeconds(seconds.GetDouble()));

    /// <summary>An operator's words may hold anything, escape sequences for the terminal included.</summary>
    internal static string OneLine(string? text) => LogText.OneLine(text);
}
