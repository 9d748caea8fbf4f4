using System.Diagnostics;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>
/// Runs a hook of infra/hooks with stand-ins for <c>az</c> and <c>azd</c>, which write down what they are asked and answer by a script.
/// </summary>
internal sealed class HookRun : IDisposable
{
    /// <summary>What azd sets, with what must be set.</summary>
    public static readonly Dictionary<string, string> Dev = new()
    {
        ["AZURE_ENV_NAME"] = "dev",
        ["AZURE_RESOURCE_GROUP"] = "rg-hx",
        ["AZURE_SUBSCRIPTION_ID"] = "00000000-0000-0000-0000-000000000001",
        ["HX_PUBLISHER_EMAIL"] = "platform@example.org",
    };

    public static readonly Dictionary<string, string> Prod = new(Dev) { ["AZURE_ENV_NAME"] = "prod" };

    private readonly string folder = Directory.CreateTempSubdirectory("hx-hook-").FullName;

    /// <summary>Where tools are besides the stand-ins.</summary>
    private string path = ":/usr/bin:/bin";

    /// <param name="az">
    /// What az does: shell, with the command line in <c>$*</c> and how often it was asked the same in <c>$asked</c>.
    /// </param>
    /// <param name="hasAzd">Whether there is an azd at all.</param>
    public HookRun(string az, bool hasAzd = true)
    {
        WriteTool("az", az);
        if (hasAzd)
        {
            WriteTool("azd", "");
        }
    }

    /// <summary>As on a machine without the Azure CLI.</summary>
    public static HookRun WithoutAz()
    {
        HookRun run = new("") { path = "" };
        File.Delete(Path.Combine(run.folder, "az"));
        // What the hooks need to get as far as that. The machine's own folders may have an az.
        foreach (string tool in (string[])["dirname", "tr"])
        {
            File.CreateSymbolicLink(Path.Combine(run.folder, tool), Path.Combine("/usr/bin", tool));
        }

        return run;
    }

    public sealed record Result(int ExitCode, string Output, string[] Calls)
    {
        /// <summary>Calls that change something.</summary>
        public string[] Changes =>
            [
                .. Calls.Where(c =>
                    c.Contains(" create ", StringComparison.Ordinal)
                    || c.Contains(" register ", StringComparison.Ordinal)
                    || c.Contains(" PATCH ", StringComparison.Ordinal)
                    || c.StartsWith("azd ", StringComparison.Ordinal)
                ),
            ];
    }

    public async Task<Result> RunAsync(string hook, Dictionary<string, string> environment)
    {
        string log = Path.Combine(folder, "calls");
        await File.WriteAllTextAsync(log, "");
        ProcessStartInfo start = new("sh")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Not the repository: azd runs a hook from where it likes.
            WorkingDirectory = folder,
        };
        start.ArgumentList.Add(Path.Combine(Repository.Root, "infra", "hooks", hook));
        start.Environment.Clear();
        start.Environment["PATH"] = folder + path;
        start.Environment["HX_STAND_IN"] = folder;
        start.Environment["HX_HOOK_PAUSE"] = "0";
        start.Environment["HX_HOOK_TRIES"] = "4";
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> problems = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new(process.ExitCode, await output + await problems, await File.ReadAllLinesAsync(log));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private void WriteTool(string name, string script)
    {
        string file = Path.Combine(folder, name);
        File.WriteAllText(
            file,
            $"""
            #!/bin/sh
            printf '{name} %s\n' "$*" >> "$HX_STAND_IN/calls"
            asked=$(grep -cxF "{name} $*" "$HX_STAND_IN/calls")
            {script.ReplaceLineEndings("\n")}

            """.ReplaceLineEndings("\n")
        );
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
