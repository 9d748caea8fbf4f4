using HxFunctions.Wiring.Services;

namespace HxFunctions.Tests.Wiring.Services;

public sealed class GlobPatternTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hx-glob-");

    [Theory]
    [InlineData("/etc/litellm.env", "/etc/litellm.env")]
    [InlineData("/etc/a[1].env", @"/etc/a\[1\].env")]
    [InlineData(@"/etc/*?\.env", @"/etc/\*\?\\.env")]
    [InlineData("/etc/{a,~b}.env", "/etc/{a,~b}.env")]
    public void Literal_escapes_what_glob_takes_for_a_wildcard(string path, string expected) =>
        Assert.Equal(expected, GlobPattern.Literal(path));

    [Theory]
    [InlineData("a*.env", "a1.env", true)]
    [InlineData("*", "", true)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "ac", false)]
    [InlineData("[a-c]x", "bx", true)]
    [InlineData("[!a-c]x", "bx", false)]
    [InlineData("[]x]", "]", true)]
    [InlineData("[^]]", "a", true)]
    [InlineData("a[1", "a[1", true)]
    [InlineData(@"a\*", "a*", true)]
    [InlineData(@"a\*", "ab", false)]
    [InlineData("*.env", "x.conf", false)]
    public void Name_matches_as_in_fnmatch(string pattern, string name, bool matches) =>
        Assert.Equal(matches, GlobPattern.IsMatch(pattern, name));

    [Fact]
    public void Files_are_those_that_are_there_in_their_order()
    {
        string[] names = ["b.env", "a.env", ".hidden.env", "a[1].env", "x y/c.env"];
        foreach (string name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(In(name))!);
            File.WriteAllText(In(name), "");
        }

        Assert.Equal([In("a.env"), In("a[1].env"), In("b.env")], GlobPattern.Files(In("*.env")));
        Assert.Equal([In("x y/c.env")], GlobPattern.Files(In("x*/?.env")));
        Assert.Equal([In("a[1].env")], GlobPattern.Files(GlobPattern.Literal(In("a[1].env"))));
        Assert.Empty(GlobPattern.Files(In("nothing/*.env")));
        Assert.Empty(GlobPattern.Files(In("none.env")));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string In(string name) => Path.Combine(_folder.FullName, name);
}
