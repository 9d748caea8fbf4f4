using System.CommandLine;
using System.Text.Json;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Http;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Snapshots;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HxFunctions.Cli.Commands;

/// <summary><c>hx override closed|open|clear|show</c>: manual override, through Redis or through a running app.</summary>
internal static class OverrideCommand
{
    private static readonly string[] Actions = ["closed", "open", "clear", "show"];

    public static Command Create()
    {
        Argument<string> action = new("action")
        {
            Description =
                "closed: refuse every guarded route; open: let all requests pass; clear: end the override; show: what is in effect.",
        };
        action.AcceptChoices(Actions);
        DurationOption duration = new("--for", "10m", TimeSpan.FromSeconds(1), GuardOverride.MaxDuration, wantsUnit: true)
        {
            Description = "How long: 90s, 10m, 1h30m; at most 24h.",
        };
        OutputOptions format = new();
        Option<string?> reason = new("--reason")
        {
            HelpName = "text",
            Description = "Why: shown with every verdict. Required for closed and open.",
        };
        Option<string> by = new("--by")
        {
            HelpName = "name",
            Description = "Who sets it: shown with the reason.",
            DefaultValueFactory = _ => Environment.UserName,
        };
        RemoteOptions remote = new();
        Command command = new(
            "override",
            "Close or open every guarded route by hand, for a time, on every instance. Exit code 0: done; 1: not done; 2: usage error."
        )
        {
            action,
            duration,
            reason,
            by,
            format.Output,
            format.Json,
            remote.Functions,
            remote.KeyEnvironment,
        };
        // Whoever writes them expects something else of the action, such as "clear --for 5m": an end of the override for five minutes.
        IEnumerable<Option> WithoutMeaning(ParseResult parsed) =>
            (
                parsed.GetValue(action) switch
                {
                    "show" => (Option[])[duration, reason, by],
                    "clear" => [duration, reason],
                    _ => [],
                }
            ).Where(option => parsed.GetResult(option) is { Implicit: false });
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                string[] idle = [.. WithoutMeaning(parsed).Select(option => option.Name)];
                if (idle.Length > 0)
                {
                    return await format.FailAsync(
                        parsed,
                        ExitCode.Misuse,
                        $"{string.Join(", ", idle)} {(idle.Length == 1 ? "has" : "have")} no meaning with '{parsed.GetValue(action)}'."
                    );
                }

                Request request = new(parsed.GetValue(action)!, duration.Of(parsed), parsed.GetValue(reason), parsed.GetValue(by)!);
                if ((request.Problem ?? remote.Problem(parsed)) is { } problem)
                {
                    return await format.FailAsync(parsed, ExitCode.Misuse, problem);
                }

                return remote.Url(parsed) is { } url
                    ? await RemoteAsync(request, parsed, format, remote, url, cancellationToken)
                    : await Waiting.ShowAsync(
                        parsed.InvocationConfiguration.Error,
                        "Telling the instances through Redis",
                        LocalAsync(request, parsed, format)
                    );
            }
        );
        return command;
    }

    private static Task<int> RemoteAsync(
        Request request,
        ParseResult parsed,
        OutputOptions format,
        RemoteOptions remote,
        string url,
        CancellationToken cancellationToken
    )
    {
        HttpMethod method = request.Action switch
        {
            "show" => HttpMethod.Get,
            "clear" => HttpMethod.Delete,
            _ => HttpMethod.Post,
        };
        string path = request.Action == "clear" ? $"override?by={Uri.EscapeDataString(request.By)}" : "override";
        string? body =
            method != HttpMethod.Post
                ? null
                : CliJson.Write(writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("verdict", request.Action);
                    writer.WriteNumber("durationSeconds", request.Duration.TotalSeconds);
                    writer.WriteString("reason", request.Reason);
                    writer.WriteString("by", request.By);
                    writer.WriteEndObject();
                });
        RemoteCall call = new(
            method,
            path,
            body,
            "its master key",
            answer =>
                answer.TryGetProperty("override", out JsonElement shown) && shown.ValueKind is JsonValueKind.Object or JsonValueKind.Null
        )
        {
            IfLost = method == HttpMethod.Get ? "" : "It may be in effect: run 'hx override show'.",
        };
        return remote.CallAsync(parsed, format, url, call, answer => Print(answer, parsed, format), cancellationToken);
    }

    private static async Task<int> LocalAsync(Request request, ParseResult parsed, OutputOptions format)
    {
        Settings settings = Settings.Load();
        if (await format.ReportAsync(parsed, settings))
        {
            return ExitCode.Misuse;
        }

        if (settings.Product.Redis is null)
        {
            return await format.FailAsync(
                parsed,
                ExitCode.Misuse,
                $"{Variables.RedisUrl} is not set. Set it, or give the URL of a running app with --functions or {Variables.RemoteUrl}."
            );
        }

        await using ServiceProvider services = FleetKnowledge.Join(settings.Product);
        SnapshotBoard board = services.GetRequiredService<SnapshotBoard>();
        OverrideControl control = services.GetRequiredService<OverrideControl>();
        StoreReading? reading = await FleetKnowledge.ReadAsync(services);
        OverrideOutcome outcome = (request.Action, reading) switch
        {
            (_, null) => OverrideOutcome.NotTaken,
            ("show", _) => OverrideOutcome.Taken,
            ("clear", _) => await control.ClearAsync(request.By),
            _ => await control.SetAsync(
                new(request.Action == "closed", request.Reason!, request.By, TimeProvider.System.GetUtcNow()),
                request.Duration
            ),
        };
        if (outcome != OverrideOutcome.Taken)
        {
            string why = await WhyAsync(services, settings.Product);
            string fault = (request.Action, outcome) switch
            {
                ("show", _) => $"Redis did not answer{why}.",
                (_, OverrideOutcome.NotTaken) => $"Redis did not answer or did not store it; nothing was changed{why}.",
                _ => $"Redis did not say whether it stored it: it does not answer, or another server has taken over{why}. "
                    + "It may be in effect. Run 'hx override show' when Redis is back.",
            };
            return await format.FailAsync(parsed, ExitCode.Negative, fault);
        }

        if (request.Action == "show")
        {
            board.Publish(s => SnapshotMerge.Merge(s, reading!));
        }

        if (reading!.Records.All(r => r is null))
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync(
                "hx: no running instance uses this configuration: none has stored a record for the same settings. Use --functions to "
                    + "tell a running app directly."
            );
        }

        OverrideReach? reach =
            request.Action == "show"
                ? await control.ReadReachAsync()
                : await control.WaitForReachAsync(request.Action == "clear" ? GuardOverride.MaxDuration : request.Duration);
        long now = services.GetRequiredService<TimeProvider>().GetTimestamp();
        using JsonDocument answer = JsonDocument.Parse(new OverrideAnswer(board.Current, now, reach).ToJson());
        return Print(answer.RootElement, parsed, format);
    }

    /// <summary>What the probe says, for the end of a sentence.</summary>
    private static async Task<string> WhyAsync(IServiceProvider services, HxSettings settings)
    {
        ProbeRun run = new(TimeProvider.System, settings.RedisTimeout);
        HealthCheckResult result = await services.GetRequiredService<RedisCheck>().CheckAsync(run, CancellationToken.None);
        if (result.Status == HealthStatus.Healthy)
        {
            return ", but it answers now: try again";
        }

        string reason = Reasons.Sanitize(result.Data.GetValueOrDefault("reason"));
        string? detail = Reasons.SanitizeDetail(result.Data.GetValueOrDefault("detail"));
        return $" ({(detail is null ? reason : $"{reason}: {detail}")}): check {Advice.For(reason, DependencyName.Redis, detail)}";
    }

    private static int Print(JsonElement answer, ParseResult parsed, OutputOptions format)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (format.IsForMachines(parsed))
        {
            output.Write(format.Format(parsed, CliJson.Write(answer)));
            return ExitCode.Ok;
        }

        if (answer.TryGetProperty("override", out JsonElement inEffect) && inEffect.ValueKind == JsonValueKind.Object)
        {
            string by = GuardCommand.OneLine(inEffect.GetProperty("by").GetString());
            string verdict = GuardCommand.OneLine(inEffect.GetProperty("verdict").GetString());
            output.WriteLine(
                $"{verdict} for {GuardCommand.Duration(inEffect.GetProperty("endsInSeconds"))} "
                    + $"more{(by.Length > 0 ? $", by {by}" : "")}: {GuardCommand.OneLine(inEffect.GetProperty("reason").GetString())}"
            );
        }
        else
        {
            output.WriteLine("no override");
        }

        if (
            answer.TryGetProperty("instances", out JsonElement instances)
            && instances.GetProperty("running").GetInt32() is > 0 and var running
        )
        {
            int reached = instances.GetProperty("reached").GetInt32();
            output.WriteLine(
                reached >= running
                    ? $"known to {Count(reached)}"
                    : $"known to {reached} of {Count(running)} seen within the last minute: the others have ended, or learn of it when "
                        + "they reach Redis"
            );
        }

        return ExitCode.Ok;
    }

    private static string Count(int instances) => instances == 1 ? "1 instance" : $"{instances} instances";

    /// <summary>What was asked for, checked.</summary>
    private sealed record Request(string Action, TimeSpan Duration, string? Reason, string By)
    {
        private bool Sets => Action is "closed" or "open";

        public string? Problem =>
            this switch
            {
                { Sets: true } when string.IsNullOrWhiteSpace(Reason) => "--reason is required: it is shown with every verdict.",
                { Sets: true, Reason.Length: > GuardOverride.MaxReasonLength } =>
                    $"--reason must be at most {GuardOverride.MaxReasonLength} characters.",
                { By.Length: > GuardOverride.MaxByLength } => $"--by must be at most {GuardOverride.MaxByLength} characters.",
                _ => null,
            };
    }
}
