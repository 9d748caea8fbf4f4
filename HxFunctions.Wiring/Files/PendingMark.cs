using System.Text.Json;

namespace HxFunctions.Wiring.Files;

/// <summary>How far a run has come.</summary>
internal enum PendingPhase
{
    /// <summary>No file is changed yet; the backup may be there or not. A run that ends here has left nothing to finish or
    /// undo.</summary>
    BackingUp,

    /// <summary>Some files may be new and some old; each is whole.</summary>
    Writing,

    /// <summary>All files are in place; the services may not have been restarted on them.</summary>
    Restarting,
}

/// <summary>What a run does.</summary>
internal enum PendingAction
{
    Apply,
    Restore,
}

/// <summary>A run that has begun to change files and isn't done.</summary>
/// <param name="Stamp">The backup with the state before it (<see cref="PendingAction.Apply"/>), or that it goes back to
/// (<see cref="PendingAction.Restore"/>).</param>
/// <param name="Phase">How far it has come.</param>
/// <param name="Action">What it does.</param>
/// <param name="Since">When it began.</param>
/// <param name="Subject">The configuration that it is about, see <see cref="BackupStore.Subject"/>; <see langword="null"/>: not
/// known.</param>
internal sealed record PendingState(string Stamp, PendingPhase Phase, PendingAction Action, DateTimeOffset Since, string? Subject = null);

/// <summary>The mark that a run leaves before it changes the first file and takes away when all is done, so that the next one knows of a
/// run that was killed.</summary>
internal sealed class PendingMark(string path)
{
    public string Path => path;

    /// <summary>The run that isn't done; <see langword="null"/>: there is none. Under the lock that is a run that was killed or
    /// failed.</summary>
    /// <exception cref="WireFileException">The mark can't be read.</exception>
    public PendingState? Read()
    {
        FileEntry entry = FileEntry.ReadAt(RealPath.Of(path).Path);
        if (entry.Kind == EntryKind.Absent)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(entry.Content, WireJsonContext.Default.PendingState) ?? throw new JsonException();
        }
        catch (JsonException e)
        {
            throw new WireFileException(
                path,
                "the marker of an unfinished run can't be read",
                "hx wire rollback --to BACKUP restores the files of a backup (hx wire backups lists them). Or, if the files are "
                    + "right, move this marker away and restart the services.",
                e
            );
        }
    }

    /// <summary>Is on disk when this returns.</summary>
    /// <exception cref="WireFileException">It can't be written.</exception>
    public void Write(PendingState state) =>
        AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(state, WireJsonContext.Default.PendingState), FileModes.Private);

    /// <summary>All is done.</summary>
    /// <exception cref="WireFileException">It can't be removed.</exception>
    public void Clear() => AtomicFile.Remove(path);
}
