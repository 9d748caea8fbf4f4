using System.Threading.Channels;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.LocalHost;

/// <summary>One invocation of a timer function.</summary>
public sealed record Invocation(DateTimeOffset Time, TimerInfo Timer, FunctionContext Context, string Note = "");

/// <summary>A clock that says when somebody began to wait on it.</summary>
public sealed class SignallingTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly SemaphoreSlim _timers = new(0);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = base.CreateTimer(callback, state, dueTime, period);
        _timers.Release();
        return timer;
    }

    public async Task WaitForTimerAsync() => Assert.True(await _timers.WaitAsync(TimeSpan.FromSeconds(20)));
}

/// <summary>Where timer functions note their calls.</summary>
public sealed class Recorder(SignallingTime time)
{
    public SignallingTime Time { get; } = time;

    public Channel<Invocation> Calls { get; } = Channel.CreateUnbounded<Invocation>();

    public SemaphoreSlim Slow { get; } = new(0);

    public void Note(TimerInfo timer, FunctionContext context, string note = "") =>
        Calls.Writer.TryWrite(new Invocation(Time.GetUtcNow(), timer, context, note));
}

public sealed class TimerFunctions
{
    [Function("EveryHour")]
    public void EveryHour([TimerTrigger("0 0 * * * *")] TimerInfo timer) { }

    [Function("EveryTenSeconds")]
    public Task EveryTenSeconds([TimerTrigger("*/10 * * * * *")] TimerInfo timer) => Task.CompletedTask;
}

public sealed class EveryTenSeconds(Recorder recorder)
{
    [Function("EveryTenSeconds")]
    public void Run([TimerTrigger("*/10 * * * * *")] TimerInfo timer, FunctionContext context) => recorder.Note(timer, context);
}

public sealed class EveryMinute(Recorder recorder)
{
    [Function("EveryMinute")]
    public void Run([TimerTrigger("0 * * * * *")] TimerInfo timer, FunctionContext context) => recorder.Note(timer, context);
}

public sealed class EveryYear(Recorder recorder)
{
    [Function("EveryYear")]
    public void Run([TimerTrigger("0 0 0 1 1 *")] TimerInfo timer, FunctionContext context) => recorder.Note(timer, context);
}

public sealed class AtStart(Recorder recorder)
{
    [Function("AtStart")]
    public void Run([TimerTrigger("0 * * * * *", RunOnStartup = true)] TimerInfo timer, FunctionContext context) =>
        recorder.Note(timer, context);
}

public sealed class Unmonitored(Recorder recorder)
{
    [Function("Unmonitored")]
    public void Run([TimerTrigger("0 * * * * *", UseMonitor = false)] TimerInfo timer, FunctionContext context) =>
        recorder.Note(timer, context);
}

public sealed class BySetting(Recorder recorder)
{
    [Function("BySetting")]
    public void Run([TimerTrigger("%SCHEDULE%")] TimerInfo timer, FunctionContext context) => recorder.Note(timer, context);
}

public sealed class MissingSetting(Recorder recorder)
{
    [Function("MissingSetting")]
    public void Run([TimerTrigger("%NOT_SET%")] TimerInfo timer, FunctionContext context) => recorder.Note(timer, context);
}

public sealed class Slow(Recorder recorder)
{
    [Function("Slow")]
    public async Task Run([TimerTrigger("*/10 * * * * *")] TimerInfo timer, FunctionContext context)
    {
        recorder.Note(timer, context);
        await recorder.Slow.WaitAsync();
    }
}

public sealed class FailsAtOnce(Recorder recorder)
{
    [Function("FailsAtOnce")]
    public void Run([TimerTrigger("*/10 * * * * *")] TimerInfo timer, FunctionContext context)
    {
        recorder.Note(timer, context);
        throw new InvalidOperationException("at once");
    }
}

public sealed class FailsLater(Recorder recorder)
{
    [Function("FailsLater")]
    public async ValueTask Run([TimerTrigger("*/10 * * * * *")] TimerInfo timer, FunctionContext context)
    {
        recorder.Note(timer, context);
        await Task.Yield();
        throw new InvalidOperationException("later");
    }
}

public sealed class UntilCancelled(Recorder recorder)
{
    [Function("UntilCancelled")]
    public async Task Run([TimerTrigger("*/10 * * * * *")] TimerInfo timer, FunctionContext context, CancellationToken cancellationToken)
    {
        recorder.Note(timer, context);
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            recorder.Note(timer, context, "ended");
        }
    }
}
