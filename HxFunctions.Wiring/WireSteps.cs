using System.Diagnostics;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Hosting;
using HxFunctions.Wiring.Files;

namespace HxFunctions.Wiring;

/// <summary>The steps that the commands of <c>hx wire</c> are made of. Each is reported as it ends.</summary>
internal sealed class WireSteps(WireOptions options, IWireProgress progress)
{
    private const int MaxNamed = 3;

    /// <summary>What the files would have to be changed in, a step each.</summary>
    /// <returns>Whether they are as planned and no earlier run left work behind.</returns>
    public bool ShowDifferences(WirePlan plan)
    {
        bool good = true;
        foreach (PlannedFile file in plan.Files)
        {
            good &= Report(
                file.Path,
                file.Differs ? StepResult.Fail : StepResult.Pass,
                null,
                file.Differs ? $"would be changed: {Summary(file.Sets)}" : file.Role,
                "hx wire plan"
            );
        }

        if (plan.Link is { } link)
        {
            good &= Report(
                link.Path,
                link.Exists ? StepResult.Pass : StepResult.Fail,
                null,
                link.Exists ? "points to the configuration" : "is not a symlink to the configuration",
                "hx wire apply"
            );
        }

        if (plan.Unfinished)
        {
            good &= Report(
                "unfinished run",
                StepResult.Fail,
                null,
                "an earlier run was interrupted",
                "hx wire apply finishes it, hx wire rollback undoes it"
            );
        }

        if (plan.RestartNeeded)
        {
            good &= Report(
                "restart",
                StepResult.Fail,
                null,
                "a run with --no-restart changed files, and the services still use the old ones",
                "hx wire apply"
            );
        }

        return good;
    }

    /// <summary>The first few of a list that may be long.</summary>
    private static string Summary(IReadOnlyList<string> changes) =>
        changes.Count <= MaxNamed
            ? string.Join(", ", changes)
            : $"{string.Join(", ", changes.Take(MaxNamed))} and {changes.Count - MaxNamed} more";

    /// <returns>Whether everything that is configured is usable.</returns>
    public async Task<bool> ProbeAsync(WirePlan plan, CancellationToken cancellationToken)
    {
        if (!options.Probe)
        {
            return Report("probe the dependencies", StepResult.Skipped, null, "--no-probe", null);
        }

        long started = Stopwatch.GetTimestamp();
        bool good = true;
        foreach (ProbeReport report in await ProbeNow.AllAsync(plan.Settings).WaitAsync(cancellationToken))
        {
            ProbeOutcome outcome = report.Outcome;
            bool usable = !outcome.Failed;
            good &= Report(
                $"probe {report.Dependency.DisplayName}",
                usable ? StepResult.Pass : StepResult.Fail,
                started,
                outcome.Reason,
                usable ? null : $"Check {Advice.For(outcome.Reason, report.Dependency.Name, outcome.Detail)}."
            );
        }

        return good;
    }

    /// <summary>Whether the services could be restarted at all: better known before the files are written.</summary>
    public async Task<bool> UnitsAreKnownAsync(WirePlan? plan, CancellationToken cancellationToken)
    {
        if (!options.Restart)
        {
            return true;
        }

        using WireServices services = Services(plan);
        return await services.AreKnownAsync(cancellationToken)
            && (plan is null || await services.WouldBeInEffectAsync(plan, cancellationToken));
    }

    /// <summary>Whether the services run, and on the files that are in place.</summary>
    public async Task<bool> VerifyServicesAsync(WirePlan plan, CancellationToken cancellationToken)
    {
        if (!options.Restart)
        {
            return Report("services", StepResult.Skipped, null, "--no-restart", null);
        }

        using WireServices services = Services(plan);
        return await services.VerifyAsync(plan, cancellationToken);
    }

    /// <returns>Whether anything had to be restored; <see langword="null"/>: it could not be.</returns>
    public bool? Restore(Func<bool> restore)
    {
        long started = Stopwatch.GetTimestamp();
        try
        {
            bool changed = restore();
            if (changed)
            {
                Report("restore the old files", StepResult.Pass, started, "done", null);
            }

            return changed;
        }
        catch (WireFileException failure)
        {
            Report("restore the old files", StepResult.Fail, started, failure.Message, failure.Advice);
            return null;
        }
    }

    public async Task<bool> RestartBothAsync(WirePlan? plan)
    {
        if (!options.Restart)
        {
            return Report(
                "restart the services",
                StepResult.Skipped,
                null,
                "--no-restart: they use the other files until they are restarted",
                null
            );
        }

        using WireServices services = Services(plan);
        return await services.RestartBothAsync();
    }

    public async Task<bool> RestartAsync(WirePlan plan, CancellationToken cancellationToken)
    {
        if (!options.Restart)
        {
            return Report(
                "restart the services",
                StepResult.Skipped,
                null,
                "--no-restart: they use the old files until they are restarted, and the drop-in is not changed",
                null
            );
        }

        using WireServices services = Services(plan);
        try
        {
            return await services.RestartAsync(plan, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Ctrl+C while the services come up: whoever pressed it wants the state from before.
            return Report("wait for the services", StepResult.Fail, null, "interrupted", "Run it again when there is time to wait.");
        }
    }

    public WireServices Services(WirePlan? plan) => new(options, progress, plan is null ? new Redactor([]) : Redactor.For(plan.Settings));

    /// <summary>Tells how a step ended.</summary>
    /// <param name="started">When it began; <see langword="null"/>: it took no time.</param>
    /// <param name="advice">For when it failed.</param>
    /// <returns>Whether it didn't fail.</returns>
    public bool Report(string name, StepResult result, long? started, string detail, string? advice)
    {
        progress.Ended(
            new(
                name,
                result,
                started is { } since ? Stopwatch.GetElapsedTime(since) : TimeSpan.Zero,
                detail,
                result == StepResult.Fail ? advice : null
            )
        );
        return result != StepResult.Fail;
    }
}
