using System.Diagnostics;
using HxFunctions.Tests.Wiring.Files;
using HxFunctions.Wiring.Files;

namespace HxFunctions.SystemTests.Wiring.Files;

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

    /// <summary>Between fork(2) and execve(2) a new process has every open file of this one, and a lock lives as long as any of
    /// them.</summary>
    [Fact]
    public async Task Lock_is_free_at_once_while_other_processes_are_started()
    {
        using CancellationTokenSource end = new();
        Task starting = Task.Run(() =>
        {
            while (!end.IsCancellationRequested)
            {
                using Process process = Process.Start("true");
                process.WaitForExit();
            }
        });
        for (int i = 0; i < 300; i++)
        {
            using WireLock? taken = WireLock.TryTake(_folder["lock"]);
            Assert.True(taken is not null, $"try {i}");
        }

        await end.CancelAsync();
        await starting;
    }

    public void Dispose() => _folder.Dispose();
}
