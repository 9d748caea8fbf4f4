using HxFunctions.Cli.Wiring.Files;

namespace HxFunctions.Tests.Wiring.Files;

public sealed class WireLockTests : IDisposable
{
    private readonly WorkFolder _folder = new();

    [Fact]
    public void Lock_is_held_by_one_and_free_after_it()
    {
        string path = _folder["state/lock"];
        using (WireLock? first = WireLock.TryTake(path))
        {
            Assert.NotNull(first);
            Assert.Null(WireLock.TryTake(path));
            Assert.Equal(Environment.ProcessId, WireLock.HolderOf(path));
        }

        using WireLock? second = WireLock.TryTake(path);
        Assert.NotNull(second);
        Assert.Equal("0700", FileModes.Text(_folder.Status("state").Mode));
        Assert.Equal("0600", FileModes.Text(_folder.Status("state/lock").Mode));
    }

    [Fact]
    public void Lock_file_of_a_dead_process_holds_nobody_up()
    {
        _folder.Write("lock", "4194304\n");

        using WireLock? taken = WireLock.TryTake(_folder["lock"]);

        Assert.NotNull(taken);
        Assert.Equal(Environment.ProcessId, WireLock.HolderOf(_folder["lock"]));
    }

    public void Dispose() => _folder.Dispose();
}
