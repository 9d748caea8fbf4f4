using HxFunctions.Core.Snapshots;
using HxFunctions.Tests.Servers;

namespace HxFunctions.Tests.Snapshots;

public class SnapshotBoardTests
{
    private static readonly HealthSnapshot Initial = new([DependencyKnowledge.Nothing], null, StoreCondition.Untried, new(1, 1, 1, -1, 1));

    [Fact]
    public async Task Published_snapshot_is_current_and_wakes_those_who_wait()
    {
        SnapshotBoard board = new(Initial);
        Task first = board.NextChange;

        HealthSnapshot published = board.Publish(s => s with { Store = StoreCondition.Usable });

        Assert.Same(published, board.Current);
        Assert.Equal(StoreCondition.Usable, published.Store);
        await first.WaitAsync(Eventually.Patience);
        Task second = board.NextChange;
        Assert.False(second.IsCompleted);
        board.Publish(s => s with { Store = StoreCondition.Unusable });
        await second.WaitAsync(Eventually.Patience);
    }

    [Fact]
    public void Change_that_changes_nothing_wakes_nobody()
    {
        SnapshotBoard board = new(Initial);
        Task change = board.NextChange;

        Assert.Same(Initial, board.Publish(s => s));

        Assert.False(change.IsCompleted);
        Assert.Same(change, board.NextChange);
    }
}
