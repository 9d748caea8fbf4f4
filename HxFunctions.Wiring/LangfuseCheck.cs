using System.Globalization;
using System.Text.RegularExpressions;

namespace HxFunctions.Wiring;

/// <summary>
/// Whether the Langfuse client that is installed beside LiteLLM is one that its <c>langfuse</c> callback can use. The callback is written
/// for Langfuse 2; the client of 3 refuses one of its arguments (litellm #11703, #13137), at each request or at start, depending on the
/// version. <c>langfuse_otel</c> has no need of the client.
/// </summary>
internal static partial class LangfuseCheck
{
    /// <summary>The program of a unit file's <c>ExecStart=</c>, without the prefixes of systemd.service(5).</summary>
    public static string? ProgramOf(string unitFile) =>
        unitFile
            .Split('\n')
            .Select(line => line.Trim())
            .Where(line => line.StartsWith("ExecStart=", StringComparison.Ordinal))
            .Select(line => line["ExecStart=".Length..].TrimStart('@', '-', ':', '+', '!', ' ').Split(' ', '\t')[0].Trim('"', '\''))
            .LastOrDefault(program => program.Length > 0);

    /// <param name="program">The program that the service runs, e.g. <c>…/venv/bin/litellm</c>.</param>
    /// <returns>What to do; <see langword="null"/> when there is nothing wrong, or nothing to be found.</returns>
    public static string? Problem(string? program)
    {
        foreach (string packages in SitePackages(program))
        {
            if (VersionOf(packages, "litellm") is not { } litellm || VersionOf(packages, "langfuse") is not { } langfuse)
            {
                continue;
            }

            if (langfuse.Major >= 3 && IsForLangfuse2(litellm))
            {
                return $"Langfuse {langfuse} is installed with LiteLLM {litellm}, whose callback needs Langfuse 2. LiteLLM may fail "
                    + $"at every request or at its start. "
                    + "Install 'langfuse<3' in its environment, or use the callback langfuse_otel";
            }
        }

        return null;
    }

    /// <summary>Seen with 1.72 to 1.81. Of later ones nothing is known here.</summary>
    private static bool IsForLangfuse2(Version litellm) => litellm < new Version(1, 82);

    private static IEnumerable<string> SitePackages(string? program)
    {
        string? bin = Path.GetDirectoryName(program);
        string? root = bin is null ? null : Path.GetDirectoryName(bin);
        if (root is null || Path.GetFileName(bin) != "bin")
        {
            yield break;
        }

        foreach (string lib in (string[])["lib", "lib64"])
        {
            string folder = Path.Combine(root, lib);
            if (!Directory.Exists(folder))
            {
                continue;
            }

            foreach (string python in Directory.EnumerateDirectories(folder, "python3*"))
            {
                string packages = Path.Combine(python, "site-packages");
                if (Directory.Exists(packages))
                {
                    yield return packages;
                }
            }
        }
    }

    /// <summary>The version that a package's <c>NAME-VERSION.dist-info</c> folder tells.</summary>
    private static Version? VersionOf(string packages, string name) =>
        Directory
            .EnumerateDirectories(packages, $"{name}-*.dist-info")
            .Select(folder => DistInfo().Match(Path.GetFileName(folder)))
            .Where(match => match.Success && match.Groups["name"].Value == name)
            .Select(match => new Version(Number(match, "major"), Number(match, "minor"), Number(match, "patch")))
            .Max();

    private static int Number(Match match, string group) =>
        int.TryParse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;

    [GeneratedRegex(
        @"^(?<name>[a-z]+)-(?<major>\d{1,6})(?:\.(?<minor>\d{1,6}))?(?:\.(?<patch>\d{1,6}))?[^/]*\.dist-info$",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex DistInfo();
}
