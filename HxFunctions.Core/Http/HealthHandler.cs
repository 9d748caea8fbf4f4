using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Core.Http;

/// <summary>What the health endpoints answer, all from the snapshot.</summary>
internal sealed class HealthHandler(
    HxSettings settings,
    DependencySet dependencies,
    SnapshotBoard board,
    CheckAll checkAll,
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
            await checkAll.NowAsync(request.HttpContext.RequestAborted);
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
