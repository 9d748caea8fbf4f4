using HxFunctions.Wiring.Files;

namespace HxFunctions.Tests.Wiring.Files;

public sealed class FileSafetyTests : IDisposable
{
    private readonly WorkFolder _folder = new();

    [Theory]
    [InlineData("0644", "0755", false, null)]
    [InlineData("0664", "0755", false, null)]
    [InlineData("0646", "0755", false, "every user can write to it (mode 0646)")]
    [InlineData("0600", "0755", true, null)]
    [InlineData("0640", "0755", true, null)]
    [InlineData("0644", "0755", true, "every user can read it (mode 0644), and it contains secrets")]
    [InlineData("0600", "0777", true, "every user can replace files in this directory (mode 0777)")]
    [InlineData("0600", "1777", true, null)]
    public void File_that_others_may_write_or_read_is_found(string mode, string directoryMode, bool secrets, string? problem)
    {
        string path = _folder.Write("etc/hx.env", "A=1", FileModes.Parse(mode));
        _folder.SetMode("etc", FileModes.Parse(directoryMode));

        Assert.Equal(problem is null ? [] : [problem], FileSafety.Check(path, secrets).Select(finding => finding.Problem));
    }

    [Fact]
    public void Directory_of_a_symlink_and_that_of_its_file_count_both()
    {
        _folder.Write("real/config.yaml", "a: 1");
        string path = _folder.Link("etc/config.yaml", "../real/config.yaml");
        _folder.SetMode("real", FileModes.Parse("0777"));
        _folder.SetMode("etc", FileModes.Parse("0777"));

        Assert.Equal(
            [_folder["etc"], _folder["real"]],
            FileSafety.Check(path, holdsSecrets: false).Select(finding => finding.Path).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void New_file_is_judged_by_its_directory()
    {
        Directory.CreateDirectory(_folder["etc"]);
        _folder.SetMode("etc", FileModes.Parse("0777"));

        SafetyFinding finding = Assert.Single(FileSafety.Check(_folder["etc/deeper/new.env"], holdsSecrets: true));

        Assert.Equal($"chmod o-w {_folder["etc"]}", finding.Advice);
    }

    public void Dispose() => _folder.Dispose();
}
