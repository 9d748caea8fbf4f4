using HxFunctions.Tests.Wiring.Files;
using HxFunctions.Wiring.Files;

namespace HxFunctions.SystemTests.Wiring.Files;

/// <summary><see cref="FileTarget.Like"/>: a configuration that moves to another path stays readable to whom it was, and to nobody
/// else.</summary>
public sealed class MovedFileTests : IDisposable
{
    private readonly WorkFolder _folder = new();
    private readonly WorkFolder _state = new();
    private readonly FileTransaction _transaction;

    public MovedFileTests()
    {
        BackupStore store = new(_state["backups"], TimeProvider.System);
        _transaction = new(store, new(store.PendingPath), TimeProvider.System);
        _folder.Write("real/config.yaml", "old config", FileModes.Parse("0640"));
        _folder.GiveAway("real/config.yaml", 12345, 54321);
        _folder.Link("config.yaml", "real/config.yaml");
        _folder.Write("wrapper.env", "OLD=1", FileModes.Parse("0644"));
    }

    [Theory]
    [InlineData(null, "0640")]
    [InlineData("0600", "0600")]
    public void File_that_moves_keeps_owner_attributes_and_the_mode_nobody_named(string? mode, string expected)
    {
        FileEntry old = FileEntry.Read(_folder["config.yaml"]);
        FileTarget moved = _folder.Target("etc/canonical.yaml", "new config", mode is null ? null : FileModes.Parse(mode)) with
        {
            Like = old,
        };

        _transaction.Apply([moved]);
        _transaction.Complete();

        FileEntry now = FileEntry.Read(_folder["etc/canonical.yaml"]);
        Assert.Equal(old.Owner, now.Owner);
        Assert.Equal(expected, FileModes.Text(now.Mode));
        Assert.Equal("new config", File.ReadAllText(now.Path));
        Assert.Null(_transaction.Apply([moved]));
    }

    [Fact]
    public void Access_list_moves_with_its_file()
    {
        byte[] list = AtomicFileTests.AccessList;
        _folder.SetAttribute("real/config.yaml", "system.posix_acl_access", list);

        _transaction.Apply([_folder.Target("canonical.yaml", "new config") with { Like = FileEntry.Read(_folder["config.yaml"]) }]);

        Assert.Equal(list, FileEntry.Read(_folder["canonical.yaml"]).Attributes["system.posix_acl_access"]);
    }

    [Fact]
    public void File_that_is_there_already_and_one_that_takes_after_nothing_are_as_without_it()
    {
        FileEntry old = FileEntry.Read(_folder["config.yaml"]);
        (uint, uint)? owner = FileEntry.Read(_folder["wrapper.env"]).Owner;

        _transaction.Apply([
            _folder.Target("wrapper.env", "NEW=2") with
            {
                Like = old,
            },
            _folder.Target("new.yaml", "new") with
            {
                Like = FileEntry.Read(_folder["absent.yaml"]),
            },
        ]);

        Assert.Equal("0644", FileModes.Text(_folder.Status("wrapper.env").Mode));
        Assert.Equal(owner, FileEntry.Read(_folder["wrapper.env"]).Owner);
        Assert.Equal(FileModes.Readable, _folder.Status("new.yaml").Mode);
    }

    [Fact]
    public void Owner_that_a_moved_file_cannot_be_given_is_refused()
    {
        // Only root can make a file of someone else's, and with it the case.
        if (!Environment.IsPrivilegedProcess)
        {
            return;
        }

        FileEntry old = FileEntry.Read(_folder["config.yaml"]);
        _folder.SetMode("", FileModes.Parse("0777"));
        string before = _folder.Listing;

        WireFileException? refused = null;
        WorkFolder.AsNobody(() =>
            refused = Assert.Throws<WireFileException>(() =>
            {
                using FileChange change = FileChange.Of(_folder.Target("canonical.yaml", "new") with { Like = old });
                change.Stage();
            })
        );

        Assert.Contains("must belong to user 12345, group 54321", refused!.Message, StringComparison.Ordinal);
        Assert.Equal(before, _folder.Listing);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _state.Dispose();
    }
}
