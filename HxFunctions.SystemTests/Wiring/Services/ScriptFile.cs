using System.Diagnostics;

namespace HxFunctions.SystemTests.Wiring.Services;

/// <summary>A script that stands in for a program.</summary>
internal static class ScriptFile
{
    /// <summary>
    /// Not written by this process: one that another test starts at this moment would inherit the open file for an instant, and the script
    /// could not be run meanwhile (ETXTBSY).
    /// </summary>
    public static void Install(string path, string text)
    {
        using Process install = Process.Start(
            new ProcessStartInfo("sh", ["-c", "cat > \"$0\" && chmod 0755 \"$0\"", path]) { RedirectStandardInput = true }
        )!;
        install.StandardInput.Write(text);
        install.StandardInput.Close();
        install.WaitForExit();
        Assert.Equal(0, install.ExitCode);
    }
}
