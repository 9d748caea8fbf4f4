using System.Globalization;

namespace HxFunctions.SystemTests.Soak;

/// <summary>A random fault every few seconds, one at a time per dependency.</summary>
internal sealed class SoakFaults(IReadOnlyList<SoakFault> faults, SoakServers servers, SoakBounds bounds, Func<double> now, int seed)
{
    private readonly Random _random = new(seed);
    private readonly Dictionary<string, Task> _running = faults
        .Select(f => f.Dependency)
        .Distinct()
        .ToDictionary(d => d, _ => Task.CompletedTask);
    private readonly List<string> _log = [];

    /// <summary>What happened when, for a failure's message.</summary>
    public IReadOnlyList<string> Log
    {
        get
        {
            lock (_log)
            {
                return [.. _log];
            }
        }
    }

    public int Count { get; private set; }

    /// <summary>Begins faults until the token is cancelled, and returns when the last is over.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            string[] free = [.. _running.Where(r => r.Value.IsCompleted).Select(r => r.Key)];
            if (free.Length > 0)
            {
                string dependency = free[_random.Next(free.Length)];
                await _running[dependency];
                SoakFault[] candidates = [.. faults.Where(f => f.Dependency == dependency)];
                _running[dependency] = BefallAsync(candidates[_random.Next(candidates.Length)], Seconds(4, 11), Seconds(1, 7));
                Count++;
            }

            await Task.Delay(Seconds(1, 4), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(_running.Values);
    }

    /// <param name="pause">How long the dependency is left alone afterwards, at least.</param>
    private async Task BefallAsync(SoakFault fault, TimeSpan lasts, TimeSpan pause)
    {
        await ChangeAsync(fault, $"{fault.Dependency} {fault.Name}", fault.Condition, fault.NoticedWithin, fault.BeginAsync);
        await Task.Delay(lasts);
        await ChangeAsync(
            fault,
            $"{fault.Dependency} well again",
            Condition.Up,
            fault.Condition == Condition.ReadOnly ? bounds.Killed : bounds.Reopened,
            fault.EndAsync
        );
        await Task.Delay(pause);
    }

    private async Task ChangeAsync(SoakFault fault, string what, Condition condition, double within, Func<Task> act)
    {
        Truth truth = servers.Truths[fault.Dependency];
        double begun = now();
        if (fault.Condition != Condition.Up)
        {
            truth.Begin(begun, condition, within);
        }

        await act();
        double completed = now();
        if (fault.Condition != Condition.Up)
        {
            truth.Complete(completed);
        }

        lock (_log)
        {
            _log.Add(string.Create(CultureInfo.InvariantCulture, $"{begun:0.00}-{completed:0.00} {what}"));
        }
    }

    private TimeSpan Seconds(double least, double most) => TimeSpan.FromSeconds(least + (_random.NextDouble() * (most - least)));
}
