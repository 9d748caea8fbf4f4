using System.IO.Compression;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using HxFunctions.Core.Telemetry;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Packaging;

/// <summary>What a package shows where it is listed: links, the icon, and its README, which knows nothing of the folder that it lay
/// in.</summary>
internal static partial class PackagePage
{
    private static readonly byte[] PngSignature = [0x89, .. "PNG\r\n\u001a\n"u8];

    public static async Task AssertLeadsSomewhereAsync(ZipArchive package, XElement metadata)
    {
        XElement Element(string name) => metadata.Elements().Single(e => e.Name.LocalName == name);
        string url = Element("projectUrl").Value;
        Assert.Equal(RepositoryUrl(), url);
        Assert.Equal(("git", url), ((string?)Element("repository").Attribute("type"), (string?)Element("repository").Attribute("url")));
        Assert.Matches("^[0-9a-f]{40}$", (string?)Element("repository").Attribute("commit"));
        Assert.Equal($"{url}/blob/v{ProductVersion.Text}/CHANGELOG.md", Element("releaseNotes").Value);

        byte[] icon = await ReadAsync(package, Element("icon").Value);
        Assert.Equal(PngSignature, icon[..8]);
        // IHDR: the width and the height are its first two numbers.
        Assert.Equal((128, 128), (icon[18] << 8 | icon[19], icon[22] << 8 | icon[23]));

        string readme = System.Text.Encoding.UTF8.GetString(await ReadAsync(package, Element("readme").Value));
        string[] links = [.. Link().Matches(readme).Select(match => match.Groups[1].Value)];
        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.Matches("^(https?://|#)", link));
        foreach (string link in links.Where(link => link.StartsWith(url + "/", StringComparison.Ordinal)))
        {
            string[] parts = link[(url.Length + 1)..].Split('#')[0].Split('/', 3);
            Assert.Equal(Image().IsMatch(link) ? "raw" : "blob", parts[0]);
            Assert.Equal($"v{ProductVersion.Text}", parts[1]);
            Assert.True(Path.Exists(Path.Combine(Repository.Root, parts[2])), link);
        }
    }

    /// <summary>The one place for it, unless GitHub Actions says another.</summary>
    private static string RepositoryUrl() =>
        Environment.GetEnvironmentVariable("GITHUB_REPOSITORY") is { Length: > 0 } repository
            ? $"{Environment.GetEnvironmentVariable("GITHUB_SERVER_URL")}/{repository}"
            : XElement.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("RepositoryUrl").Last().Value;

    private static async Task<byte[]> ReadAsync(ZipArchive package, string name)
    {
        await using Stream stream = await package.Entries.Single(e => e.FullName == name).OpenAsync();
        using MemoryStream bytes = new();
        await stream.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\.(png|svg|gif)$")]
    private static partial Regex Image();
}
