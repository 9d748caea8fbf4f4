namespace HxFunctions.Wiring.Files;

/// <summary>
/// Changes several files as one: backed up, marked, staged, then put in place one after the other, each atomically. A failure puts back
/// what was changed; after a kill each file is old or new, and the mark makes the next run finish the work. To be used under the
/// <see cref="WireLock"/>.
/// </summary>
/// <remarks>
/// <code>
/// Apply ─► mark (backing up) ─► backup ─► mark (writing) ─► stage all ─► rename each ─► mark (restarting)
///                                                             └ failed: put back, no mark
///   then ─► the services ─► Complete: no mark, old backups pruned
///             └ failed: Restore(backup) ─► the services ─► Complete
/// </code>
/// While a mark is there, its backup stays the one to go back to: a new <see cref="Apply"/> takes it over and adds only paths that it
/// lacks.
/// </remarks>
/// <param name="store">Where backups go.</param>
/// <param name="mark">The mark; see <see cref="BackupStore.PendingPath"/>.</param>
/// <param name="time">For the mark.</param>
/// <param name="written">Is told each path that has been changed. What it throws undoes the run.</param>
internal sealed class FileTransaction(BackupStore store, PendingMark mark, TimeProvider time, Action<string>? written = null)
{
    /// <summary>
    /// A run that was killed or failed before it was done: services must be restarted even when no file needs a change. One of another
    /// subject is not told here; <see cref="Apply"/>, <see cref="Restore"/> and <see cref="DefaultBackup"/> refuse it.
    /// </summary>
    /// <exception cref="WireFileException">The mark can't be read.</exception>
    public PendingState? Pending => Begun(mark.Read()) is { } pending && store.IsOurs(pending.Subject) ? pending : null;

    /// <summary>What <see cref="Restore"/> kept of what it replaced; <see langword="null"/>: it was not asked to, or did not get so
    /// far.</summary>
    public Backup? Kept { get; private set; }

    /// <summary>Makes every target hold.</summary>
    /// <returns>The backup to go back to if the services don't come up on the new files; <see langword="null"/>: nothing was to be done,
    /// nothing was written.</returns>
    /// <exception cref="WireFileException">Nothing is changed, or what was changed is put back; where that failed, too, the message says so
    /// and the mark stays.</exception>
    public Backup? Apply(IReadOnlyList<FileTarget> targets)
    {
        PendingState? pending = ReadMark();
        Backup? earlier = pending is null ? null : BackupOf(pending);
        RemoveLeftOvers(targets.Select(target => RealPath.Of(target.Path, followLast: target is { Content: not null, Link: null }).Path));
        IReadOnlyList<(FileTarget Target, FileChange Change)> plan = [.. PlanOf(targets).Where(plan => plan.Change.IsNeeded)];
        if (plan.Count == 0)
        {
            if (pending is not null)
            {
                mark.Write(pending with { Phase = PendingPhase.Restarting });
            }

            return earlier;
        }

        // Each once more as the user named it: the symlinks on the way belong into the backup.
        string[] paths = [.. plan.Select(item => item.Target.Path)];
        HashSet<string> known = [.. (earlier?.Files ?? []).Select(file => file.Path)];
        PendingState StateOf(string stamp, PendingPhase phase) => new(stamp, phase, PendingAction.Apply, time.GetUtcNow(), store.Subject);
        Backup backup =
            earlier is null
                ? store.Create(
                    paths,
                    coming: plan.Select(item => item.Change.After),
                    complete: stamp => mark.Write(StateOf(stamp, PendingPhase.BackingUp))
                )
            : plan.All(item => known.Contains(item.Change.Before.Path)) ? earlier
            : store.Create(paths, store.At(earlier), plan.Select(item => item.Change.After));
        PendingState state = StateOf(backup.Stamp, PendingPhase.Writing);
        FileChange[] changes = [.. plan.Select(item => item.Change)];
        try
        {
            mark.Write(state);
            Run(changes);
        }
        catch (Exception e)
        {
            PutBack(changes, e);
            Forget(backup, pending);
            throw;
        }

        mark.Write(state with { Phase = PendingPhase.Restarting });
        return backup;
    }

    /// <summary>
    /// Makes everything what it was when a backup was made: bytes, modes, owners, symlinks; what wasn't there is removed. Files that only
    /// later applies changed, too (see <see cref="Snapshot.FilesAt"/>): never some of one time and some of another.
    /// </summary>
    /// <param name="keepCurrent">Make a backup of what is replaced first, so that this can be taken back, too: for a rollback that someone
    /// asked for.</param>
    /// <returns><see langword="false"/>: all was so already, and no run was pending.</returns>
    /// <exception cref="WireFileException">The backup or a later one is damaged: nothing is changed. Or not every file could be put back:
    /// the mark stays, and the same again finishes it.</exception>
    public bool Restore(Backup backup, bool keepCurrent = false)
    {
        store.EnsureDirectory();
        // Before the snapshot: a backup that an ended run has left would count as a later apply's.
        bool unfinished = TryReadMark(backup.Stamp, out PendingState? pending);
        (IReadOnlyList<FileEntry> entries, IReadOnlyList<string> absentDirectories) = store.At(backup);
        RemoveLeftOvers(entries.Select(entry => entry.Path));
        FileChange[] all = [.. entries.Select(entry => new FileChange(FileEntry.ReadToReplace(entry.Path), entry))];
        FileChange[] changes = [.. all.Where(change => change.IsNeeded)];
        if (changes.Length == 0 && !unfinished)
        {
            return false;
        }

        if (keepCurrent && pending is null)
        {
            Kept = store.Create(all.Select(change => change.Before), BackupReason.Rollback, coming: entries);
        }

        PendingState state = new(backup.Stamp, PendingPhase.Writing, PendingAction.Restore, time.GetUtcNow(), store.Subject);
        mark.Write(state);
        try
        {
            Run(changes);
            foreach (string directory in absentDirectories.Reverse())
            {
                Posix.RemoveEmptyDirectory(directory);
            }
        }
        catch (WireFileException e)
        {
            bool untouched = Array.TrueForAll(changes, change => !change.IsCommitted);
            if (untouched && !unfinished)
            {
                mark.Clear();
            }
            else if (untouched && pending is not null)
            {
                mark.Write(pending);
            }

            throw untouched
                ? e
                : new WireFileException(
                    e.Path,
                    $"{e.Problem}; some files are restored, others not yet",
                    $"{e.Advice} 'hx wire rollback --to {backup.Stamp}' finishes the rollback.",
                    e
                );
        }

        mark.Write(state with { Phase = PendingPhase.Restarting });
        return true;
    }

    /// <summary>All is done, the services too: takes the mark away and prunes old backups.</summary>
    /// <returns>Why old backups could not be pruned: a warning, as the run is done all the same. <see langword="null"/>: nothing went
    /// wrong.</returns>
    /// <exception cref="WireFileException">The mark can't be removed.</exception>
    public WireFileException? Complete()
    {
        string? stamp = ReadMark()?.Stamp;
        mark.Clear();
        try
        {
            store.Prune(stamp);
            return null;
        }
        catch (WireFileException e)
        {
            return e;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new WireFileException(
                mark.Path,
                "the old backups next to it can't be listed",
                "Make sure that this user can read that directory.",
                e
            );
        }
    }

    /// <summary>What a rollback without a name goes back to: the unfinished run's backup, or the newest that an apply made.</summary>
    /// <exception cref="WireFileException">The unfinished run's backup is gone, or the run is another subject's.</exception>
    public Backup? DefaultBackup() =>
        ReadMark() is { } pending ? BackupOf(pending) : store.List().LastOrDefault(backup => backup.Reason == BackupReason.Apply);

    private static IEnumerable<(FileTarget Target, FileChange Change)> PlanOf(IReadOnlyList<FileTarget> targets)
    {
        List<(FileTarget Target, FileChange Change)> plan = [.. targets.Select(target => (target, FileChange.Of(target)))];
        foreach (
            IGrouping<string, (FileTarget Target, FileChange)> same in plan.GroupBy(item => item.Change.Before.Path)
                .Where(group => group.Count() > 1)
        )
        {
            throw new WireFileException(same.Last().Target.Path, $"is the same file as {same.First().Target.Path}", "Name each file once.");
        }

        // A symlink after what it points to, and nothing removed before all else is there.
        return plan.OrderBy(item =>
            item.Change.After.Kind switch
            {
                EntryKind.File => 0,
                EntryKind.Link => 1,
                _ => 2,
            }
        );
    }

    private static void RemoveLeftOvers(IEnumerable<string> paths)
    {
        foreach (string directory in paths.Select(path => Path.GetDirectoryName(path)!).Distinct())
        {
            FileChange.RemoveLeftOvers(directory);
        }
    }

    private Backup BackupOf(PendingState pending) =>
        store.Find(pending.Stamp)
        ?? throw new WireFileException(
            mark.Path,
            $"the run of {pending.Since:u} was not finished, and its backup {pending.Stamp} is missing",
            "Check whether the files are right. Then remove this marker and restart the services."
        );

    /// <summary>For the way back, which a mark that can't be read must not block: it stands for an unfinished run that nothing is known
    /// of.</summary>
    /// <param name="restored">The backup that is gone back to.</param>
    private bool TryReadMark(string restored, out PendingState? pending)
    {
        try
        {
            pending = mark.Read();
        }
        catch (WireFileException)
        {
            pending = null;
            return true;
        }

        pending = Settle(pending, restored);
        return pending is not null;
    }

    private PendingState? ReadMark() => Settle(mark.Read());

    /// <summary>Takes away what a run has left that ended before its first file, whosever it is: its backup would be taken for that of the
    /// newest apply.</summary>
    /// <param name="restored">A backup that stays, with its mark: someone has asked for it by its name.</param>
    /// <returns>A run that may have changed files.</returns>
    private PendingState? Settle(PendingState? pending, string? restored = null)
    {
        if (pending is { Phase: PendingPhase.BackingUp })
        {
            if (pending.Stamp != restored)
            {
                store.Delete(pending.Stamp);
                mark.Clear();
            }

            return null;
        }

        RefuseOthers(pending);
        return pending;
    }

    /// <summary>A run that may have changed files.</summary>
    private static PendingState? Begun(PendingState? pending) => pending is { Phase: PendingPhase.BackingUp } ? null : pending;

    /// <summary>There is one mark: to write ours would make the other configuration's unfinished run be forgotten.</summary>
    private void RefuseOthers(PendingState? pending)
    {
        if (pending is null || store.IsOurs(pending.Subject))
        {
            return;
        }

        throw new WireFileException(
            mark.Path,
            $"the run of {pending.Since:u} for another configuration, {pending.Subject}, was not finished",
            $"Finish it with hx wire apply --config {pending.Subject}, or undo it with hx wire rollback and the same "
                + $"--config. Then run this command again. Or use another --state-dir for this configuration."
        );
    }

    private void Run(FileChange[] changes)
    {
        try
        {
            foreach (FileChange change in changes)
            {
                change.Stage();
            }

            foreach (FileChange change in changes)
            {
                change.Commit();
                written?.Invoke(change.After.Path);
            }
        }
        finally
        {
            // Backwards: a directory that the first created may hold what the last staged.
            foreach (FileChange change in changes.Reverse())
            {
                change.Dispose();
            }
        }
    }

    /// <summary>Undoes what was committed, the last first.</summary>
    /// <exception cref="WireFileException">Not all could be put back; the mark must stay.</exception>
    private void PutBack(FileChange[] changes, Exception cause)
    {
        List<string> left = [];
        foreach (FileChange change in changes.Where(change => change.IsCommitted).Reverse())
        {
            try
            {
                using FileChange? undo = change.Undo();
                if (undo is null)
                {
                    left.Add($"{change.After.Path} (changed by someone else in the meantime)");
                    continue;
                }

                undo.Stage();
                undo.Commit();
                change.RemoveCreatedDirectories();
            }
            catch (WireFileException e)
            {
                left.Add($"{change.After.Path} ({e.Problem})");
            }
        }

        if (left.Count == 0)
        {
            return;
        }

        WireFileException? first = cause as WireFileException;
        throw new WireFileException(
            first?.Path ?? mark.Path,
            $"{first?.Problem ?? "the run failed"}; these files could not be restored: {string.Join(", ", left)}",
            $"{first?.Advice ?? "Fix the cause."} Then hx wire rollback restores the old files.",
            cause
        );
    }

    /// <summary>Nothing of this run is left: neither is its mark nor its backup.</summary>
    private void Forget(Backup backup, PendingState? pending)
    {
        try
        {
            if (pending is not null)
            {
                mark.Write(pending);
                return;
            }

            mark.Clear();
            store.Delete(backup.Stamp);
        }
        catch (WireFileException)
        {
            // The failure that led here is what is told. A mark that stays makes the next run look again, no more.
        }
    }
}
