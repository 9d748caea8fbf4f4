using System.Diagnostics;
using System.Globalization;
using HxFunctions.Core.Configuration;
using HxFunctions.Wiring.Files;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Wiring;

/// <summary>
/// Carries out what <c>hx wire</c> is told: one method per command.
/// <code>
/// apply:    lock ─► plan ─► probes ─► files (backup, each atomically) ─► services ─► done
///                                                                          └ failed ─► files of the backup ─► services ─► failed
/// </code>
/// </summary>
internal sealed class WireRun
{
    private readonly WireOptions _options;
    private readonly IWireProgress _progress;
    private readonly WireSteps _steps;
    private readonly BackupStore _store;
    private readonly FileTransaction _files;
    private readonly RestartMark _restartNeeded;
    private readonly Func<IConfiguration, IEnumerable<ConfigurationProblem>> _otherProblems;

    /// <exception cref="WireRefusedException">The configuration's path can't be followed.</exception>
    /// <param name="otherProblems">What else is wrong with the wrapper's environment file: Core knows nothing of the variables that only
    /// <c>hx serve</c> reads.</param>
    public WireRun(WireOptions options, IWireProgress progress, Func<IConfiguration, IEnumerable<ConfigurationProblem>> otherProblems)
    {
        _otherProblems = otherProblems;
        _options = options;
        _progress = progress;
        _steps = new(options, progress);
        string subject = Guarded(() => RealPath.Of(options.Config).Path);
        _store = new(options.State, TimeProvider.System, options.Keep, subject);
        _files = new(_store, new PendingMark(_store.PendingPath), TimeProvider.System);
        _restartNeeded = new(options.State, subject);
    }

    public Task<WireOutcome> PlanAsync(CancellationToken cancellationToken) =>
        GuardedAsync(async () =>
        {
            WirePlan plan = await MakePlanAsync(cancellationToken);
            _progress.Planned(plan, withDifferences: true);
            if (!plan.HasWork)
            {
                return new WireOutcome(WireResult.NothingToDo, "Nothing to do: the files are right.");
            }

            if (plan.Unfinished)
            {
                _progress.Announced("An earlier run was interrupted. This run finishes its work.", []);
            }

            if (plan.RestartNeeded)
            {
                _progress.Announced("An earlier run with --no-restart changed files. The services still use the old ones.", []);
            }

            _progress.Announced("Then:", NextSteps());
            return new WireOutcome(WireResult.Pending, "Changes are pending: 'hx wire apply' makes them.");
        });

    public Task<WireOutcome> ApplyAsync(CancellationToken cancellationToken) =>
        LockedAsync(async () =>
        {
            WirePlan plan = await MakePlanAsync(cancellationToken);
            _progress.Planned(plan, withDifferences: _progress.Asks);
            if (!plan.HasWork)
            {
                return new WireOutcome(WireResult.NothingToDo, "Nothing to do: the files are right. Nothing was written or restarted.");
            }

            if (!_progress.Confirm(_options.Restart ? "Change these files and restart the services?" : "Change these files?"))
            {
                return new WireOutcome(WireResult.Failed, "Nothing was changed.");
            }

            if (!await _steps.ProbeAsync(plan, cancellationToken) || !await _steps.UnitsAreKnownAsync(plan, cancellationToken))
            {
                return new WireOutcome(
                    WireResult.Failed,
                    "Nothing was changed. Fix the failures first, or skip the check with --no-probe or --no-restart."
                );
            }

            long started = Stopwatch.GetTimestamp();
            Backup? backup;
            try
            {
                backup = _files.Apply(plan.Targets);
            }
            catch (WireFileException failure)
            {
                _steps.Report("write the files", StepResult.Fail, started, failure.Message, failure.Advice);
                return _files.Pending is null
                    ? new WireOutcome(WireResult.Failed, "The files are unchanged.")
                    : new WireOutcome(
                        WireResult.NotRolledBack,
                        "Some files were changed and some were not. Fix the cause. Then 'hx wire apply' finishes the work, "
                            + "or 'hx wire rollback' undoes it."
                    );
            }

            _steps.Report("write the files", StepResult.Pass, started, Written(plan, backup), null);
            if (await _steps.RestartAsync(plan, cancellationToken))
            {
                Complete();
                return new WireOutcome(
                    WireResult.Done,
                    backup is null ? "Done." : $"Done. To undo it: hx wire rollback --to {backup.Stamp}",
                    backup?.Stamp
                );
            }

            return await RestoreAsync(backup, plan);
        });

    public Task<WireOutcome> VerifyAsync(CancellationToken cancellationToken) =>
        GuardedAsync(async () =>
        {
            WirePlan plan = await MakePlanAsync(cancellationToken);
            _progress.Planned(plan, withDifferences: false);
            bool good = _steps.ShowDifferences(plan);
            good &= await _steps.ProbeAsync(plan, cancellationToken);
            good &= await _steps.VerifyServicesAsync(plan, cancellationToken);
            return new WireOutcome(
                good ? WireResult.Done : WireResult.Failed,
                (good, _options.Restart) switch
                {
                    (true, true) => "Files and services agree.",
                    (false, true) => "Files and services do not agree.",
                    (true, false) => "The files are right; the services were not looked at.",
                    (false, false) => "Not everything is right; the services were not looked at.",
                }
            );
        });

    /// <param name="stamp"><see langword="null"/>: the newest backup that an apply made.</param>
    public Task<WireOutcome> RollbackAsync(string? stamp, CancellationToken cancellationToken)
    {
        if (!Guarded(() => _store.Exists))
        {
            throw new WireRefusedException("there is no backup yet");
        }

        return LockedAsync(async () =>
        {
            Backup? backup = stamp is null ? _files.DefaultBackup() : _store.Find(stamp);
            if (backup is null)
            {
                throw new WireRefusedException(
                    stamp is null ? "there is no backup yet" : "there is no backup with that name: 'hx wire backups' lists them"
                );
            }

            if (!await _steps.UnitsAreKnownAsync(null, cancellationToken))
            {
                return new WireOutcome(
                    WireResult.Failed,
                    "Nothing was changed. Fix the failures first, or skip the check with --no-restart."
                );
            }

            if (_progress.Asks)
            {
                _progress.Announced($"Restoring the backup {backup.Stamp}:", backup.Files.Select(file => file.Path));
            }

            if (_store.EditedSince(backup.Files.Select(file => file.Path)) is { Count: > 0 } edited)
            {
                _progress.Announced("Edited since hx wire wrote them; what they hold now is backed up before they are replaced:", edited);
            }

            if (!_progress.Confirm(_options.Restart ? "Restore these files and restart the services?" : "Restore these files?"))
            {
                return new WireOutcome(WireResult.Failed, "Nothing was changed.");
            }

            bool? restored = _steps.Restore(() => _files.Restore(backup, keepCurrent: true));
            if (restored == false)
            {
                return new WireOutcome(
                    WireResult.NothingToDo,
                    $"Nothing to do: the files are already those of {backup.Stamp}.",
                    backup.Stamp
                );
            }

            bool up = restored == true && await _steps.RestartBothAsync(null);
            if (up)
            {
                Complete();
            }

            return new WireOutcome(
                up ? WireResult.Done : WireResult.Failed,
                up
                    ? $"The files of backup {backup.Stamp} are restored."
                        + (_files.Kept is { } kept ? $" To go back to those before: hx wire rollback --to {kept.Stamp}" : "")
                    : "Not everything could be restored. Fix the failures, then run the same command again.",
                backup.Stamp
            );
        });
    }

    /// <summary>The backups, oldest first.</summary>
    /// <exception cref="WireRefusedException">They can't be read.</exception>
    public IReadOnlyList<Backup> Backups() => Guarded(_store.List);

    private async Task<WirePlan> MakePlanAsync(CancellationToken cancellationToken)
    {
        PendingState? pending = _files.Pending;
        if (pending is { Action: PendingAction.Restore })
        {
            throw new WireRefusedException($"a rollback was interrupted: 'hx wire rollback --to {pending.Stamp}' finishes it");
        }

        WirePlan plan = new WirePlanner(_options, Environment.GetEnvironmentVariable, _otherProblems).Plan(
            pending is not null,
            _options.Restart && _restartNeeded.IsSet
        );
        using WireServices services = _steps.Services(plan);
        return plan with { Warnings = [.. plan.Warnings, .. await services.WarningsAsync(plan, cancellationToken)] };
    }

    private IEnumerable<string> NextSteps()
    {
        yield return _options.Probe
            ? "before anything is written, the database, the cache and Qdrant are probed"
            : "nothing is probed (--no-probe)";
        if (!_options.Restart)
        {
            yield return "no service is restarted, and the drop-in is not changed (--no-restart)";
            yield break;
        }

        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{_options.Service} is restarted, and must answer at {_options.Gateway.GetLeftPart(UriPartial.Authority)} and "
                + $"stay up for {_options.Settle.TotalSeconds} s"
        );
        if (_options.Wrapper is not null)
        {
            yield return $"{_options.Wrapper} is restarted";
        }

        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"if one does not come up within {_options.Timeout.TotalSeconds} s, everything is rolled back"
        );
    }

    private static string Written(WirePlan plan, Backup? backup)
    {
        int count = plan.Files.Count(f => f.Differs) + (plan.Link is { Exists: false } ? 1 : 0);
        return count == 0 ? "already written by an earlier run" : $"{count} changed, backup {backup?.Stamp}";
    }

    /// <summary>The way back when the services don't come up: the old files, and the services on them.</summary>
    private async Task<WireOutcome> RestoreAsync(Backup? backup, WirePlan plan)
    {
        if (backup is null)
        {
            return new WireOutcome(WireResult.Failed, "The services did not come up, and there is no backup to restore.");
        }

        bool up = _steps.Restore(() => _files.Restore(backup)) is not null && await _steps.RestartBothAsync(plan);
        if (up)
        {
            Complete();
        }

        return new WireOutcome(
            up ? WireResult.RolledBack : WireResult.NotRolledBack,
            up
                ? "Rolled back: the services did not come up with the new files, and run with the old ones again."
                : $"The services did not come up, and the rollback failed, too: see the steps above. The old files are "
                    + $"in backup {backup.Stamp}.",
            backup.Stamp
        );
    }

    /// <summary>All is done: the mark goes. Backups that can't be pruned are no reason to call it a failure.</summary>
    private void Complete()
    {
        try
        {
            if (_options.Restart)
            {
                _restartNeeded.Clear();
            }
            else
            {
                _restartNeeded.Set();
            }

            if (_files.Complete() is { } failure)
            {
                throw failure;
            }
        }
        catch (WireFileException failure)
        {
            _steps.Report("clean up", StepResult.Skipped, null, failure.Message, null);
        }
    }

    private async Task<WireOutcome> LockedAsync(Func<Task<WireOutcome>> work) =>
        await GuardedAsync(async () =>
        {
            _store.EnsureDirectory();
            using WireLock? taken = WireLock.TryTake(_store.LockPath);
            if (taken is null)
            {
                throw new WireRefusedException(
                    $"another hx wire is running{(WireLock.HolderOf(_store.LockPath) is { } holder ? $" (process {holder})" : "")}: "
                        + $"wait until it ends"
                );
            }

            return await work();
        });

    private static T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (WireFileException refusal)
        {
            throw Refusal(refusal);
        }
    }

    /// <summary>A path that can't be read or edited before anything was changed is a refusal.</summary>
    private static async Task<WireOutcome> GuardedAsync(Func<Task<WireOutcome>> work)
    {
        try
        {
            return await work();
        }
        catch (WireFileException refusal)
        {
            throw Refusal(refusal);
        }
    }

    private static WireRefusedException Refusal(WireFileException failure) => new($"{failure.Message}. {failure.Advice.TrimEnd('.')}");
}
