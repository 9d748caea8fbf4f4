using HxFunctions.Core.Dependencies;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Dependencies;

public sealed class DeadlineTests
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _time = new();
    private readonly CancellationTokenSource _outer = new();
    private readonly TaskCompletionSource<bool> _toldByPool = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Passes_after_its_length_and_not_before()
    {
        using Deadline deadline = Listen(new(Length, _time));
        _time.Advance(Length - Moment);
        Assert.False(deadline.IsOver);
        Assert.Equal(Moment, deadline.Left);
        _time.Advance(Moment);
        await _toldByPool.Task.WaitAsync(Patience);
        Assert.True(deadline.IsOver);
        Assert.Equal(TimeSpan.Zero, deadline.Left);
    }

    /// <summary>A driver that blocks in its callback holds up no thread that answers.</summary>
    [Fact]
    public async Task Callbacks_have_a_thread_of_their_own()
    {
        using Deadline deadline = Listen(new(Length, _time));
        _time.Advance(Length);
        Assert.False(await _toldByPool.Task.WaitAsync(Patience));
    }

    /// <summary>Npgsql's callback throws when the connection is closed at that moment.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_callback_throws_reaches_nobody_and_the_others_are_called(bool fromOutside)
    {
        using Deadline deadline = Listen(new(Length, _time, _outer.Token));
        // Called before the other: the last comes first.
        using CancellationTokenRegistration driver = deadline.Token.Register(() => throw new InvalidOperationException("a driver's"));
        if (fromOutside)
        {
            _outer.Cancel();
        }
        else
        {
            _time.Advance(Length);
        }

        await _toldByPool.Task.WaitAsync(Patience);
        Assert.True(deadline.IsOver);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Without_any_length_it_has_passed_at_once(int seconds)
    {
        using Deadline deadline = new(TimeSpan.FromSeconds(seconds), _time);
        Assert.True(deadline.IsOver);
    }

    [Fact]
    public void Outer_token_that_was_cancelled_before_ends_it_at_once()
    {
        _outer.Cancel();
        using Deadline deadline = new(Length, _time, _outer.Token);
        Assert.True(deadline.IsOver);
    }

    [Fact]
    public async Task Lifted_only_the_outer_token_ends_it()
    {
        using Deadline deadline = Listen(new(Length, _time, _outer.Token));
        deadline.Lift();
        _time.Advance(2 * Length);
        Assert.False(deadline.IsOver);
        await _outer.CancelAsync();
        Assert.True(deadline.IsOver);
    }

    [Fact]
    public void After_its_end_nothing_is_left_to_fail()
    {
        Deadline deadline = new(Length, _time, _outer.Token);
        deadline.Dispose();
        deadline.Lift();
        _time.Advance(Length);
        _outer.Cancel();
        Assert.False(deadline.IsOver);
    }

    /// <summary>A container may allow no more threads.</summary>
    [Fact]
    public async Task Where_no_thread_can_be_made_the_pool_cancels()
    {
        using CancellationTokenSource source = new();
        using CancellationTokenRegistration told = source.Token.Register(() =>
            _toldByPool.TrySetResult(Thread.CurrentThread.IsThreadPoolThread)
        );
        source.CancelAside(new NoThreads());
        Assert.True(await _toldByPool.Task.WaitAsync(Patience));
    }

    private Deadline Listen(Deadline deadline)
    {
        deadline.Token.Register(() => _toldByPool.TrySetResult(Thread.CurrentThread.IsThreadPoolThread));
        return deadline;
    }

    private sealed class NoThreads : TaskScheduler
    {
        protected override void QueueTask(Task task) => throw new InvalidOperationException("No thread can be made.");

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

        protected override IEnumerable<Task> GetScheduledTasks() => [];
    }
}
