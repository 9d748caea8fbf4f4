using System.Security.Cryptography;

namespace HxFunctions.Tests.Http;

/// <summary>The pictures in docs/images are those that <c>eng/pictures</c> took, of the page as it is now.</summary>
public class StatusPicturesTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "docs", "images");

    /// <summary>By file name, in the format of sha256sum; "page" is what they were taken of.</summary>
    private readonly Dictionary<string, string> _hashes = File.ReadAllLines(Path.Combine(Folder, "pictures.sha256"))
        .Select(line => line.Split("  "))
        .ToDictionary(parts => parts[1], parts => parts[0]);

    [Fact]
    public void Pictures_are_of_the_page_as_it_is() =>
        Assert.True(
            _hashes["page"] == StatusFingerprint.Now(),
            "The status page has changed since its pictures were taken. Run eng/pictures, look at them, and commit docs/images."
        );

    [Fact]
    public void Pictures_are_those_that_were_taken_then()
    {
        Assert.Equal(
            Directory.EnumerateFiles(Folder, "*.png").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal),
            _hashes.Keys.Where(name => name != "page").Order(StringComparer.Ordinal)
        );
        Assert.All(
            _hashes.Where(h => h.Key != "page"),
            h => Assert.Equal(h.Value, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(Folder, h.Key)))))
        );
    }

    [Fact]
    public void Every_picture_is_shown_somewhere()
    {
        string pages = string.Concat(
            Directory
                .EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md")
                .Append(Path.Combine(Repository.Root, "README.md"))
                .Select(File.ReadAllText)
        );
        Assert.All(_hashes.Keys.Where(name => name != "page"), name => Assert.Contains($"images/{name})", pages, StringComparison.Ordinal));
    }
}
