using HxFunctions.Servers;
using HxFunctions.Tests.Servers;

namespace HxFunctions.SystemTests.Servers;

public sealed class WatchdogTests
{
    [Fact]
    public async Task End_of_its_input_kills_what_works_in_its_directories_and_nothing_else()
    {
        using ThrowAwayDirectory watched = new ThrowAwayDirectory("hx watched-");
        using ThrowAwayDirectory other = new ThrowAwayDirectory("hx-other-");
        using ChildProcess stopped = ChildProcess.Start("sleep", ["60"], watched);
        using ChildProcess spared = ChildProcess.Start("sleep", ["60"], other);
        await stopped.HangAsync();

        using (Watchdog watchdog = new Watchdog())
        {
            watchdog.Watch(watched.Path + "-long-gone");
            watchdog.Watch(watched.Path);
        }

        await Eventually.TrueAsync(() => stopped.HasExited);
        Assert.False(Directory.Exists(watched.Path));
        Assert.False(spared.HasExited);
        Assert.True(Directory.Exists(other.Path));
    }
}
