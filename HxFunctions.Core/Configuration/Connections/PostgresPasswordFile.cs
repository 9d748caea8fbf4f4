using System.Text;

namespace HxFunctions.Core.Configuration.Connections;

/// <summary>
/// libpq's password file: <c>passfile</c>, else <c>PGPASSFILE</c>, else <c>~/.pgpass</c>; lines of
/// <c>hostname:port:database:username:password</c>, <c>*</c> for any, the first that fits counts.
/// https://www.postgresql.org/docs/current/libpq-pgpass.html
/// </summary>
internal static class PostgresPasswordFile
{
    private const string DefaultName = ".pgpass";

    /// <summary>A password, for a URL that has none.</summary>
    /// <returns><see langword="null"/> without a file or a line that fits. As in libpq, a file that others may read counts as
    /// none.</returns>
    public static string? Find(PostgresUrl url, HostPort host)
    {
        if (Environment.GetEnvironmentVariable("PGPASSWORD") is { Length: > 0 } password)
        {
            return password;
        }

        string user = url.Username ?? Environment.GetEnvironmentVariable("PGUSER") ?? Environment.UserName;
        string path =
            url.Passfile
            ?? Environment.GetEnvironmentVariable("PGPASSFILE")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), DefaultName);
        try
        {
            return IsPrivate(path) && SmallFile.FindProblem(path) is null
                ? Find(File.ReadLines(path), host, url.Database ?? user, user)
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The password in the first line that fits.</summary>
    internal static string? Find(IEnumerable<string> lines, HostPort host, string database, string user)
    {
        // libpq looks up the default socket directory as localhost, any other directory by its path, and an address (hostaddr) by the name
        // beside it.
        string name = host.Host is "/var/run/postgresql" or "/tmp" ? "localhost" : host.Name ?? host.Host;
        string[] sought = [name, $"{host.Port}", database, user];
        foreach (string line in lines)
        {
            if (line.StartsWith('#') || Fields(line) is not { Count: 5 } fields)
            {
                continue;
            }

            if (Enumerable.Range(0, sought.Length).All(i => fields[i] is "*" || fields[i] == sought[i]))
            {
                return fields[4];
            }
        }

        return null;
    }

    /// <summary>A backslash keeps the character behind it: <c>\:</c> and <c>\\</c>.</summary>
    private static List<string> Fields(string line)
    {
        List<string> fields = [];
        StringBuilder field = new();
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == '\\' && i + 1 < line.Length)
            {
                field.Append(line[++i]);
            }
            else if (line[i] == ':' && fields.Count < 4)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(line[i]);
            }
        }

        fields.Add(field.ToString());
        return fields;
    }

    private static bool IsPrivate(string path)
    {
        const UnixFileMode others =
            UnixFileMode.GroupRead
            | UnixFileMode.GroupWrite
            | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead
            | UnixFileMode.OtherWrite
            | UnixFileMode.OtherExecute;
        return File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & others) == UnixFileMode.None);
    }
}
