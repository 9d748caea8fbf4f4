using System.Diagnostics;

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

    /// <summary>Runs a script: isolated, and without writing compiled files next to it.</summary>
    /// <param name="input">Its standard input.</param>
    /// <returns>Its standard output.</returns>
    /// <exception cref="InvalidOperationException">It failed; the message is its standard error.</exception>
    public static async Task<string> RunAsync(string script, string input)
    {
        ProcessStartInfo start = ExternalProgram.StartInfo(Program, ["-IB", script], user: null);
        start.RedirectStandardInput = true;
        start.WorkingDirectory = "/";
        using Process python = Process.Start(start)!;
        Task<string> output = python.StandardOutput.ReadToEndAsync();
        Task<string> error = python.StandardError.ReadToEndAsync();
        await python.StandardInput.WriteAsync(input);
        python.StandardInput.Close();
        await python.WaitForExitAsync();
        return python.ExitCode == 0 ? await output : throw new InvalidOperationException(await error);
    }
}
