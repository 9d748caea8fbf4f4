using HxFunctions.Wiring.Files;

namespace HxFunctions.Tests.Wiring.Files;

public sealed class RealPathTests : IDisposable
{
    private readonly WorkFolder _folder = new();

    public RealPathTests()
    {
        _folder.Write("real/config.yaml", "a: 1");
        _folder.Link("plain", "real/config.yaml");
        _folder.Link("chain", "plain");
        _folder.Link("absolute", _folder["real/config.yaml"]);
        _folder.Link("deep/er/up", "../../real/config.yaml");
        _folder.Link("directory", "deep/er");
        _folder.Link("dangling", "real/none.yaml");
        _folder.Link("to-directory", "real");
        _folder.Link("self", "self");
        _folder.Link("ping", "pong");
        _folder.Link("pong", "./ping");
    }

    [Theory]
    [InlineData("real/config.yaml", "real/config.yaml", "")]
    [InlineData("plain", "real/config.yaml", "plain")]
    [InlineData("chain", "real/config.yaml", "chain plain")]
    [InlineData("absolute", "real/config.yaml", "absolute")]
    [InlineData("deep/er/up", "real/config.yaml", "deep/er/up")]
    [InlineData("directory/up", "real/config.yaml", "deep/er/up")]
    // The parent of where the link leads, deep; not of the link itself.
    [InlineData("directory/../er/up", "real/config.yaml", "deep/er/up")]
    [InlineData("./real//./config.yaml", "real/config.yaml", "")]
    [InlineData("new.yaml", "new.yaml", "", false)]
    [InlineData("none/at/all.yaml", "none/at/all.yaml", "", false)]
    [InlineData("directory/new.yaml", "deep/er/new.yaml", "", false)]
    [InlineData("dangling", "real/none.yaml", "dangling", false)]
    [InlineData("to-directory", "real", "to-directory")]
    public void Path_follows_symlinks_as_the_kernel_does(string path, string real, string links, bool exists = true)
    {
        RealPath found = RealPath.Of(_folder.Root + "/" + path);

        string root = RealPath.Of(_folder.Root).Path;
        Assert.Equal($"{root}/{real}", found.Path);
        Assert.Equal(
            links.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            found.Links.Select(link => Path.GetRelativePath(root, link.Path))
        );
        Assert.Equal(exists, found.Exists);
    }

    [Theory]
    [InlineData("self", "loop")]
    [InlineData("ping", "loop")]
    [InlineData("ping/config.yaml", "loop")]
    [InlineData("none/../real/config.yaml", "does not exist")]
    [InlineData("real/config.yaml/more", "not a directory")]
    [InlineData("real/", "not the path of a file")]
    [InlineData("real/..", "not the path of a file")]
    public void Path_that_leads_nowhere_is_refused(string path, string because)
    {
        WireFileException e = Assert.Throws<WireFileException>(() => RealPath.Of(_folder.Root + "/" + path));

        Assert.Contains(because, e.Message, StringComparison.Ordinal);
        Assert.NotEmpty(e.Advice);
    }

    [Fact]
    public void Last_symlink_that_is_not_to_be_followed_stays() =>
        Assert.Equal(RealPath.Of(_folder.Root).Path + "/deep/er/up", RealPath.Of(_folder["directory/up"], followLast: false).Path);

    public void Dispose() => _folder.Dispose();
}
