using System.ComponentModel;
using System.Diagnostics;

namespace HxFunctions.Servers;

/// <summary>Runs the small programs that prepare a server's data.</summary>
internal static class ExternalProgram
{
    /// <summary>A start with both outputs redirected and messages in English.</summary>
    /// <param name="program">A path, or a name that is looked up in PATH.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="user">The user and group to run it as, by setpriv(1); needs root. Null: as this process.</param>
    public static ProcessStartInfo StartInfo(string program, IEnumerable<string> arguments, string? user)
    {
        ProcessStartInfo info = user is null
            ? new ProcessStartInfo(program, arguments)
            : new ProcessStartInfo("setpriv", [$"--reuid={user}", $"--regid={user}", "--init-groups", program, .. arguments]);
        info.RedirectStandardOutput = true;
        info.RedirectStandardError = true;
        info.Environment["LC_ALL"] = "C";
        return info;
    }

    /// <summary>The full path of a program of that name in PATH, or null.</summary>
    public static string? FindInPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);

    /// <summary>The full path of a server's program. Debian keeps some where only root's PATH looks.</summary>
    /// <exception cref="InvalidOperationException">It is not on this machine; the message names the Debian package.</exception>
    public static string FindServer(string program, string package)
    {
        string path = FindInPath(program) ?? Path.Combine("/usr/sbin", program);
        return File.Exists(path)
            ? path
            : throw new InvalidOperationException(
                $"{program} is not on this machine. On Debian: apt-get install {package} (eng/test does it)."
            );
    }

    /// <summary>Runs a program to its end and returns what it wrote.</summary>
    /// <exception cref="InvalidOperationException">It is missing or its exit code isn't 0; the message has what it wrote.</exception>
    public static async Task<string> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string? user = null,
        CancellationToken cancellationToken = default
    )
    {
        ProcessStartInfo info = StartInfo(program, arguments, user);
        info.WorkingDirectory = "/";
        Process process;
        try
        {
            process = Process.Start(info)!;
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"{info.FileName} can't be started: {e.Message}", e);
        }

        using (process)
        {
            // Ends together with this call: when that is cancelled, nothing may go on writing to the data behind it.
            using CancellationTokenRegistration killed = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
            Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
            await process.WaitForExitAsync(CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            return process.ExitCode == 0
                ? await output
                : throw new InvalidOperationException(
                    $"{Path.GetFileName(program)} ended with exit code {process.ExitCode}: {await error}{await output}"
                );
        }
    }
}
