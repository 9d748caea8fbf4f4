namespace HxFunctions.Core.Configuration;

/// <summary>Files that a configuration names: certificates, keys, settings. Whoever named a pipe, a device or a log by mistake must not
/// have the process wait for it, or fill its memory with it.</summary>
internal static class SmallFile
{
    /// <summary>In bytes. A bundle of all public authorities has 0.2 MB.</summary>
    public const int MaxLength = 4 * 1024 * 1024;

    /// <summary>Looks at a file without opening it. A pipe, a socket and most devices have no length (stat(2)).</summary>
    /// <returns>Why it is not to be opened; <see langword="null"/>: nothing is wrong, or it isn't there, which opening it tells.</returns>
    /// <exception cref="IOException">Its symbolic links lead nowhere, or in a circle.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not look at it.</exception>
    public static string? FindProblem(string path)
    {
        // A mounted secret is a link, whose own length is that of its text.
        FileInfo file = File.Exists(path) && File.ResolveLinkTarget(path, returnFinalTarget: true) is FileInfo target ? target : new(path);
        return !file.Exists ? null
            : file.Length == 0 ? "is empty, or not a regular file"
            : file.Length > MaxLength ? $"is larger than {MaxLength / (1024 * 1024)} MB"
            : null;
    }

    /// <summary>Reads a text of at most <see cref="MaxLength"/> characters. It may come through a pipe.</summary>
    /// <exception cref="IOException">It is longer, or can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    public static string ReadText(string path)
    {
        using StreamReader reader = new(path);
        char[] text = new char[64 * 1024];
        int length = 0;
        while (reader.ReadBlock(text, length, text.Length - length) is > 0 and int read)
        {
            length += read;
            if (length > MaxLength)
            {
                throw new IOException($"The file is larger than {MaxLength / (1024 * 1024)} MB.");
            }

            if (length == text.Length)
            {
                Array.Resize(ref text, 2 * text.Length);
            }
        }

        return new(text, 0, length);
    }
}
