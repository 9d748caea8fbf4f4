using System.Threading.Channels;
using HxFunctions.Cli.Serving;
using HxFunctions.Core.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Serving;

public sealed class SnapshotTimerServiceTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SignallingTime _time = new(At(1));
    private readonly Channel<DateTimeOffset> _runs = Channel.CreateUnbounded<DateTimeOffset>();
    private readonly FakeLogger<SnapshotTimerService> _log = new();
    private SnapshotTimerService? _service;

    public async ValueTask DisposeAsync()
    {
        if (_service is not null)
        {
            await _service.StopAsync(CancellationToken.None);
            _service.Dispose();
        }
    }

    [Fact]
    public async Task Timer_runs_at_every_occurrence_and_not_before_the_first()
    {
        await StartAsync("*/10 * * * * *");

        await AdvanceAsync(TimeSpan.FromSeconds(8.5));
        Assert.False(_runs.Reader.TryRead(out _));
        _time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(At(10), await NextAsync());
        await AdvanceToAsync(20);
        Assert.Equal(At(20), await NextAsync());
    }

    [Fact]
    public async Task Runs_never_overlap_and_what_fell_into_one_is_left_out()
    {
        SemaphoreSlim release = new(0);
        await StartAsync("*/10 * * * * *", release.WaitAsync);

        await AdvanceToAsync(10);
        await NextAsync();
        _time.SetUtcNow(At(35));
        Assert.False(_runs.Reader.TryRead(out _));
        release.Release();
        await AdvanceToAsync(40);

        Assert.Equal(At(40), await NextAsync());
        release.Release();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Failure_is_logged_without_its_words_and_the_next_occurrence_is_run(bool atOnce)
    {
        async Task FailAsync()
        {
            await Task.Yield();
            throw new InvalidOperationException("made-up-secret");
        }

        await StartAsync("*/10 * * * * *", _ => atOnce ? throw new InvalidOperationException("made-up-secret") : FailAsync());
        await AdvanceToAsync(10);
        await NextAsync();
        await AdvanceToAsync(20);

        Assert.Equal(At(20), await NextAsync());
        Assert.Contains(_log.Collector.GetSnapshot(), record => record.Message == "The timer's check failed: InvalidOperationException");
    }

    [Fact]
    public async Task Interval_that_divides_nothing_is_kept_from_the_end_of_each_run()
    {
        await StartAsync(schedule: null, interval: TimeSpan.FromSeconds(31));

        await AdvanceToAsync(32);
        Assert.Equal(At(32), await NextAsync());
        await AdvanceToAsync(63);
        Assert.Equal(At(63), await NextAsync());
    }

    /// <summary>A timer takes 49.7 days at most. Such a schedule is refused; a clock that is set back can make the same wait.</summary>
    [Fact]
    public async Task Wait_that_is_longer_than_a_timer_takes_is_waited_for_in_parts()
    {
        DateTimeOffset due = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
        await StartAsync("0 0 0 1 6 *");

        while (_time.GetUtcNow() < due)
        {
            Assert.False(_runs.Reader.TryRead(out _));
            TimeSpan left = due - _time.GetUtcNow();
            await AdvanceAsync(left < TimeSpan.FromDays(1) ? left : TimeSpan.FromDays(1));
        }

        Assert.Equal(due, await NextAsync());
    }

    [Fact]
    public async Task Stop_cancels_the_run_and_waits_for_it()
    {
        CancellationToken given = default;
        bool ended = false;
        await StartAsync(
            "*/10 * * * * *",
            async cancellationToken =>
            {
                given = cancellationToken;
                await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                ended = true;
                cancellationToken.ThrowIfCancellationRequested();
            }
        );
        await AdvanceToAsync(10);
        await NextAsync();

        await _service!.StopAsync(CancellationToken.None);

        Assert.True(given.IsCancellationRequested);
        Assert.True(ended);
        Assert.DoesNotContain(_log.Collector.GetSnapshot(), record => record.Level >= LogLevel.Warning);
    }

    private static DateTimeOffset At(int seconds) => new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero).AddSeconds(seconds);

    private Task StartAsync(string? schedule, Func<CancellationToken, Task>? work = null, TimeSpan? interval = null)
    {
        HxSettings settings = new() { Schedule = schedule, Interval = interval ?? TimeSpan.FromSeconds(10) };
        _service = new(
            cancellationToken =>
            {
                _runs.Writer.TryWrite(_time.GetUtcNow());
                return work?.Invoke(cancellationToken) ?? Task.CompletedTask;
            },
            Schedule.Of(settings),
            _time,
            exception => exception.GetType().Name,
            _log
        );
        return _service.StartAsync(CancellationToken.None);
    }

    private Task<DateTimeOffset> NextAsync() => _runs.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    private Task AdvanceToAsync(int second) => AdvanceAsync(At(second) - _time.GetUtcNow());

    /// <summary>Turns the clock once the service waits on it.</summary>
    private async Task AdvanceAsync(TimeSpan by)
    {
        await _time.WaitForTimerAsync().WaitAsync(Patience);
        _time.Advance(by);
    }

    /// <summary>A clock that tells when someone waits on it.</summary>
    private sealed class SignallingTime(DateTimeOffset start) : FakeTimeProvider(start)
    {
        private readonly SemaphoreSlim _made = new(0);

        public Task WaitForTimerAsync() => _made.WaitAsync();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            ITimer timer = base.CreateTimer(callback, state, dueTime, period);
            _made.Release();
            return timer;
        }
    }
}
