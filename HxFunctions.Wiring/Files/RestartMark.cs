using System.Text;

namespace HxFunctions.Wiring.Files;

/// <summary>
/// The file that is there while services run on older files than those in place: a line for each configuration that a run with
/// --no-restart has changed. Several configurations may share the folder, as with <see cref="BackupStore"/>. A line that is no path, from
/// an older version, means any of them. To be changed only under the <see cref="WireLock"/>.
/// </summary>
/// <param name="directory">Where it belongs.</param>
/// <param name="subject">The configuration, by its real path.</param>
internal sealed class RestartMark(string directory, string subject)
{
    private readonly string _path = Path.Combine(directory, "restart-needed");

    /// <summary>Whether the configuration's services have to be restarted.</summary>
    /// <exception cref="WireFileException">The file can't be read.</exception>
    public bool IsSet => Lines().Any(IsOurs);

    /// <exception cref="WireFileException">It can't be written.</exception>
    public void Set() => Write([.. Lines().Where(line => line != subject), subject]);

    /// <summary>The services have been restarted.</summary>
    /// <exception cref="WireFileException">It can't be written.</exception>
    public void Clear() => Write([.. Lines().Where(line => !IsOurs(line))]);

    private bool IsOurs(string line) => line == subject || !line.StartsWith('/');

    private string[] Lines() =>
        Encoding.UTF8.GetString(FileEntry.ReadAt(RealPath.Of(_path).Path).Content).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private void Write(IReadOnlyCollection<string> lines)
    {
        if (lines.Count == 0)
        {
            AtomicFile.Remove(_path);
            return;
        }

        AtomicFile.Write(_path, Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => $"{line}\n"))), FileModes.Private);
    }
}
