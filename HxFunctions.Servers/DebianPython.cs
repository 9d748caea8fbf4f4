namespace HxFunctions.Servers;

/// <summary>Debian's Python: its packages are for that alone, and it need not be the first one in PATH.</summary>
internal static class DebianPython
{
    public const string Program = "/usr/bin/python3";

    /// <exception cref="InvalidOperationException">The module isn't installed; the message says how it is.</exception>
    /// <param name="packages">Debian's, separated by spaces.</param>
    public static void Require(string module, string packages)
    {
        if (!File.Exists($"/usr/lib/python3/dist-packages/{module}/__init__.py"))
        {
            throw new InvalidOperationException(
                $"{module} is not on this machine. On Debian: apt-get install {packages} (eng/test does it)."
            );
        }
    }
}
