using System.Text.Json;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Snapshots;
using HxFunctions.Core.Telemetry;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Core.Http;

/// <summary>What the health endpoints answer, all from the snapshot.</summary>
internal sealed class HealthHandler(
    HxSettings settings,
    DependencySet dependencies,
    SnapshotBoard board,
    HealthMonitor monitor,
    TimeProvider time
)
{
    /// <summary>The name below <c>/health/</c> that stands for all. No dependency may have it.</summary>
    public const string AllName = "all";

    private static ProblemAnswer Hidden { get; } = ProblemAnswer.NotFound("Health endpoints are turned off.");

    /// <summary><c>/healthz/live</c>: the process runs. Touches nothing.</summary>
    public static Task<IResult> LiveAsync() => Task.FromResult<IResult>(StatusAnswer.Live);

    /// <summary><c>/healthz/ready</c>: the configuration is valid and knowledge has not expired. A failed dependency is knowledge,
    /// too.</summary>
    public Task<IResult> ReadyAsync() => Task.FromResult(Ready());

    /// <summary><c>/healthz/deps</c>: a flag per dependency; pass and warn are true.</summary>
    public Task<IResult> DependenciesAsync() =>
        Task.FromResult<IResult>(
            settings.HealthEndpoints ? new DependenciesAnswer(dependencies, board.Current, time.GetTimestamp()) : Hidden
        );

    /// <summary><c>/health/all</c>, or one dependency by its name or alias.</summary>
    public async Task<IResult> HealthAsync(HttpRequest request)
    {
        if (!settings.HealthEndpoints)
        {
            return Hidden;
        }

        string name = request.RouteValues["dependency"] as string ?? "";
        return name.Equals(AllName, StringComparison.OrdinalIgnoreCase) ? await AllAsync(request) : One(name);
    }

    private IResult Ready()
    {
        if (!settings.HealthEndpoints)
        {
            return Hidden;
        }

        if (settings.Problems.Count > 0)
        {
            return StatusAnswer.Misconfigured;
        }

        HealthSnapshot snapshot = board.Current;
        long now = time.GetTimestamp();
        return dependencies.All(d => snapshot.StatusAt(d.Index, now) != DependencyStatus.Unknown)
            ? StatusAnswer.Ready
            : StatusAnswer.NotReady;
    }

    private IResult One(string name) =>
        Find(name) is { } dependency
            ? new HealthAnswer([dependency], board.Current, settings, time.GetTimestamp(), [])
            : ProblemAnswer.NotFound("No such dependency is configured.");

    /// <summary>All, with <c>?exclude=</c> (repeatable, or comma-separated) and <c>?live=true</c>.</summary>
    private async Task<IResult> AllAsync(HttpRequest request)
    {
        if (bool.TryParse(request.Query["live"], out bool live) && live)
        {
            await monitor.CheckNowAsync(request.HttpContext.RequestAborted);
        }

        HashSet<string> excluded =
        [
            .. request
                .Query["exclude"]
                .SelectMany(v => (v ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)),
        ];
        List<string> notes = excluded.Any(name => Find(name) is null) ? ["exclude names a dependency that is not configured"] : [];
        Dependency[] shown = [.. dependencies.Except(excluded.Select(Find).OfType<Dependency>())];
        if (shown.Length == 0 && dependencies.Count > 0)
        {
            notes.Add("exclude leaves nothing to answer for");
        }

        return new HealthAnswer(shown, board.Current, settings, time.GetTimestamp(), notes);
    }

    private Dependency? Find(string name) => dependencies.FindByNameOrAlias(name);
}

/// <summary>Answers that are a word.</summary>
internal sealed class StatusAnswer(int status, string word, string? reason) : JsonAnswer
{
    public static StatusAnswer Live { get; } = new(200, "pass", null);
    public static StatusAnswer Ready { get; } = new(200, "pass", null);
    public static StatusAnswer NotReady { get; } = new(503, "fail", Reasons.Unknown);
    public static StatusAnswer Misconfigured { get; } = new(503, "fail", Reasons.Misconfigured);

    protected override int Status => status;

    protected override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("status", word);
        if (reason is not null)
        {
            writer.WriteString("reason", reason);
        }

        writer.WriteEndObject();
    }
}

internal sealed class DependenciesAnswer(DependencySet dependencies, HealthSnapshot snapshot, long now) : JsonAnswer
{
    protected override int Status => 200;

    protected override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        foreach (Dependency dependency in dependencies)
        {
            writer.WriteBoolean(
                dependency.Name,
                snapshot.StatusAt(dependency.Index, now) is DependencyStatus.Pass or DependencyStatus.Warn
            );
        }

        writer.WriteEndObject();
    }
}

/// <summary>
/// The shape of draft-inadarei-api-health-check-06 (an expired individual draft: its names, not a claim to conform), with <c>unknown</c> as
/// a fourth status.
/// </summary>
internal sealed class HealthAnswer(
    IReadOnlyList<Dependency> shown,
    HealthSnapshot snapshot,
    HxSettings settings,
    long now,
    IReadOnlyList<string> notes
) : JsonAnswer
{
    protected override int Status => Worst() is DependencyStatus.Pass or DependencyStatus.Warn ? 200 : 503;

    protected override string ContentType => Health;

    protected override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("status", Worst().Wire());
        writer.WriteString("version", "1");
        writer.WriteString("releaseId", ProductVersion.Text);
        writer.WriteSeconds("ageSeconds", OldestAge());
        WriteProblems(writer);
        if (notes.Count > 0)
        {
            writer.WriteStartArray("notes");
            foreach (string note in notes)
            {
                writer.WriteStringValue(note);
            }

            writer.WriteEndArray();
        }

        writer.WriteStartObject("checks");
        foreach (Dependency dependency in shown)
        {
            WriteCheck(writer, dependency);
        }

        writer.WriteEndObject();
        if (snapshot.OverrideAt(now) is { } inEffect)
        {
            writer.WriteOverride(snapshot, inEffect, now);
        }

        writer.WriteEndObject();
    }

    private void WriteProblems(Utf8JsonWriter writer)
    {
        if (settings.Problems.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("problems");
        foreach (ConfigurationProblem problem in settings.Problems)
        {
            writer.WriteStringValue(problem.ToString());
        }

        writer.WriteEndArray();
    }

    private void WriteCheck(Utf8JsonWriter writer, Dependency dependency)
    {
        DependencyStatus status = snapshot.StatusAt(dependency.Index, now);
        DependencyKnowledge known = snapshot.Dependencies[dependency.Index];
        writer.WriteStartArray($"{dependency.Name}:responseTime");
        writer.WriteStartObject();
        writer.WriteString("componentId", dependency.Name);
        writer.WriteString("componentType", DependencyKind.Find(dependency.Name) is null ? "component" : "datastore");
        writer.WriteString("status", status.Wire());
        writer.WriteString(
            "reason",
            settings.Problems.Count > 0 ? Reasons.Misconfigured
                : status == DependencyStatus.Unknown ? Reasons.Unknown
                : known.Record!.State.Reason
        );
        if (status != DependencyStatus.Unknown && known.Record!.State.Detail is { } detail)
        {
            writer.WriteString("detail", detail);
        }

        if (status != DependencyStatus.Unknown)
        {
            DependencyRecord record = known.Record!;
            writer.WriteNumber("observedValue", Math.Round(record.Latency.TotalMilliseconds, 3));
            writer.WriteString("observedUnit", "ms");
            writer.WriteString("time", record.CheckedAt);
            writer.WriteString("since", record.State.Since);
            writer.WriteSeconds("ageSeconds", snapshot.Ages.Seconds(now - known.ObservedAt));
            writer.WriteNumber("consecutivePasses", record.State.ConsecutivePasses);
            writer.WriteNumber("consecutiveFailures", record.State.ConsecutiveFailures);
        }

        WriteAffected(writer, dependency, status);
        writer.WriteEndObject();
        writer.WriteEndArray();
    }

    /// <summary>The routes that can't work because of it.</summary>
    private void WriteAffected(Utf8JsonWriter writer, Dependency dependency, DependencyStatus status)
    {
        if (status == DependencyStatus.Pass)
        {
            return;
        }

        writer.WriteStartArray("affectedEndpoints");
        IEnumerable<GuardRule> affected = settings.Rules.Where(r => r.Dependencies.Contains(dependency.Name));
        foreach (string route in affected.Select(rule => rule.Route).Distinct(StringComparer.Ordinal))
        {
            writer.WriteStringValue(route);
        }

        writer.WriteEndArray();
    }

    private double? OldestAge()
    {
        DependencyKnowledge[] known = [.. shown.Select(d => snapshot.Dependencies[d.Index]).Where(k => k.Record is not null)];
        return known.Length == 0 ? null : known.Max(k => snapshot.Ages.Seconds(now - k.ObservedAt));
    }

    /// <summary>The worst counts: fail, then unknown, then warn.</summary>
    private DependencyStatus Worst()
    {
        DependencyStatus[] all = [.. shown.Select(d => snapshot.StatusAt(d.Index, now))];
        if (all.Length == 0 && notes.Count > 0)
        {
            return DependencyStatus.Unknown;
        }

        if (all.Contains(DependencyStatus.Fail))
        {
            return DependencyStatus.Fail;
        }

        if (settings.Problems.Count > 0 || all.Contains(DependencyStatus.Unknown))
        {
            return DependencyStatus.Unknown;
        }

        return all.Contains(DependencyStatus.Warn) ? DependencyStatus.Warn : DependencyStatus.Pass;
    }
}
