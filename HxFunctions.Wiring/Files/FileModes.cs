using System.Globalization;

namespace HxFunctions.Wiring.Files;

/// <summary>The modes that this product gives to files, and how modes are written.</summary>
internal static class FileModes
{
    /// <summary>0600: backups, marks, env files.</summary>
    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>0644: a new file whose mode nobody named.</summary>
    public const UnixFileMode Readable = Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>0700: the directories of backups.</summary>
    public const UnixFileMode PrivateDirectory = Private | UnixFileMode.UserExecute;

    /// <summary>0755: a directory that a new file needs.</summary>
    public const UnixFileMode ReadableDirectory =
        PrivateDirectory | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary><c>0640</c></summary>
    public static string Text(UnixFileMode mode) => Convert.ToString((int)mode, 8).PadLeft(4, '0');

    /// <exception cref="FormatException">Not an octal number of at most 7777.</exception>
    public static UnixFileMode Parse(string text)
    {
        if (text.Length is 0 or > 5 || text.Any(c => c is < '0' or > '7'))
        {
            throw new FormatException($"not a mode: {text.Length.ToString(CultureInfo.InvariantCulture)} characters");
        }

        int value = Convert.ToInt32(text, 8);
        return value <= 0xfff ? (UnixFileMode)value : throw new FormatException("not a mode: more than 7777");
    }
}
