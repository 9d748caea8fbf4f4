using System.Globalization;

namespace HxFunctions.Servers;

/// <summary>The PostgreSQL programs on this machine. Debian keeps them out of PATH, one directory per major version.</summary>
/// <param name="Directory">The directory with initdb and postgres.</param>
internal sealed record PostgresBinaries(string Directory)
{
    private const string DebianRoot = "/usr/lib/postgresql";

    public string Initdb => Path.Combine(Directory, "initdb");

    public string Postgres => Path.Combine(Directory, "postgres");

    /// <summary>The user that both run as: they refuse root (initdb(1)), so root runs them as the package's user.</summary>
    public static string? User => Environment.IsPrivilegedProcess ? "postgres" : null;

    /// <summary>The newest installation that this process can run, or null.</summary>
    public static PostgresBinaries? Find()
    {
        if (!OperatingSystem.IsLinux() || (User is { } user && !(HasUser(user) && ExternalProgram.FindInPath("setpriv") is not null)))
        {
            return null;
        }

        string[] debian = System.IO.Directory.Exists(DebianRoot) ? System.IO.Directory.GetDirectories(DebianRoot) : [];
        string? inPath = ExternalProgram.FindInPath("initdb") is { } initdb ? Path.GetDirectoryName(initdb) : null;
        return debian
            .OrderByDescending(directory =>
                double.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out double version) ? version : 0
            )
            .Select(directory => Path.Combine(directory, "bin"))
            .Concat(inPath is null ? [] : [inPath])
            .Select(directory => new PostgresBinaries(directory))
            .FirstOrDefault(binaries => File.Exists(binaries.Initdb) && File.Exists(binaries.Postgres));
    }

    private static bool HasUser(string user) =>
        File.ReadLines("/etc/passwd").Any(line => line.StartsWith(user + ':', StringComparison.Ordinal));
}
