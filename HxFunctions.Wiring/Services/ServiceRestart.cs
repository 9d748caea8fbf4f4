using System.Globalization;

namespace HxFunctions.Wiring.Services;

/// <summary>
/// Restarts LiteLLM, waits until it answers, has its database and its cache, and has stayed up; then the wrapper. Each step is told as it
/// ends; after a failure the rest is skipped.
/// </summary>
/// <param name="systemctl">systemd.</param>
/// <param name="options">What, and for how long.</param>
/// <param name="http">See <see cref="CreateClient"/>.</param>
/// <param name="time">For all waiting.</param>
/// <param name="report">Is told each step.</param>
/// <param name="waiting">Is told now and then what is still waited for.</param>
internal sealed class ServiceRestart(
    Systemctl systemctl,
    ServiceOptions options,
    HttpClient http,
    TimeProvider time,
    Action<WireStep> report,
    Action<string, TimeSpan>? waiting = null
)
{
    private readonly ServiceWatch _watch = new(systemctl, options, http, time);

    /// <summary>Goes to the address itself: no proxy, no redirects. Its own timeout is off; each try has one.</summary>
    public static HttpClient CreateClient() =>
        new(
            new SocketsHttpHandler
            {
                UseProxy = false,
                AllowAutoRedirect = false,
                UseCookies = false,
                PooledConnectionLifetime = TimeSpan.Zero,
            }
        )
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };

    /// <summary>Restarts both on the files as they are now.</summary>
    /// <returns><see langword="true"/>: all came up and stayed up within the timeout.</returns>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public Task<bool> RestartAsync(CancellationToken cancellationToken) => RestartAsync(evenAfterFailure: false, cancellationToken);

    /// <summary>Restarts both on files that were put back: the wrapper even when LiteLLM doesn't come up.</summary>
    public Task<bool> RestartBothAsync(CancellationToken cancellationToken) => RestartAsync(evenAfterFailure: true, cancellationToken);

    private async Task<bool> RestartAsync(bool evenAfterFailure, CancellationToken cancellationToken)
    {
        using CancellationTokenSource total = new(options.Timeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(total.Token, cancellationToken);
        HashSet<string> failed = [];
        foreach ((string name, Step step) in Steps(evenAfterFailure))
        {
            // What comes after the failure of a unit's restart could only fail for the same reason.
            if (failed.Count > 0 && (!evenAfterFailure || failed.Contains(step.Unit?.Text ?? "")))
            {
                report(new(name, StepResult.Skipped, TimeSpan.Zero, "an earlier step failed", null));
                continue;
            }

            long since = time.GetTimestamp();
            SystemctlResult result;
            _watch.WaitingFor = "";
            try
            {
                result = await TellingAsync(name, since, step.Run(either.Token));
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                result = new(
                    false,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"not done within the {options.Timeout.TotalSeconds:0.#} s for all steps (--timeout){_watch.WaitingFor}"
                    ),
                    step.Unit is { } unit
                        ? Systemctl.SeeJournal(unit)
                        : "Check whether systemd answers at all: systemctl is-system-running."
                );
            }

            StepResult ended =
                result.IsUnknown ? StepResult.Skipped
                : result.Ok ? StepResult.Pass
                : StepResult.Fail;
            report(new(name, ended, time.GetElapsedTime(since), result.Detail, result.Advice));
            if (!result.Ok)
            {
                failed.Add(step.Unit?.Text ?? "");
            }
        }

        return failed.Count == 0;
    }

    /// <summary>Says what is waited for while a step is at work.</summary>
    private async Task<SystemctlResult> TellingAsync(string name, long since, Task<SystemctlResult> run)
    {
        while (waiting is not null && await Task.WhenAny(run, Task.Delay(options.Telling, time, CancellationToken.None)) != run)
        {
            waiting($"{name}{_watch.WaitingFor}", time.GetElapsedTime(since));
        }

        return await run;
    }

    private IEnumerable<(string Name, Step Step)> Steps(bool evenAfterFailure)
    {
        string settling = string.Create(CultureInfo.InvariantCulture, $"{options.Settling.TotalSeconds:0.#} s");
        UnitName service = options.Service;
        yield return ("systemctl daemon-reload", new(null, systemctl.DaemonReloadAsync));
        if (options.Wired is { } reloaded)
        {
            yield return ($"systemd has {reloaded.DropIn} in effect", new(service, token => _watch.InEffectAsync(reloaded, token)));
        }

        yield return ($"restart {service}", new(service, token => RestartUnitAsync(service, evenAfterFailure, token)));
        yield return ($"{service} answers /health/liveliness", new(service, _watch.UntilAliveAsync));
        if (options.Wired is { } wired)
        {
            yield return (
                string.Create(CultureInfo.InvariantCulture, $"port {options.Gateway.Port} belongs to {service}"),
                new(service, _watch.PortIsOursAsync)
            );
            yield return ($"{service} has its database and its cache", new(service, token => _watch.UntilReadyAsync(wired, token)));
        }

        yield return ($"{service} stays up for {settling}", new(service, token => _watch.SettleAsync(service, alive: true, token)));
        if (options.Wrapper is not { } wrapper)
        {
            yield break;
        }

        yield return ($"restart {wrapper}", new(wrapper, token => RestartUnitAsync(wrapper, evenAfterFailure, token)));
        yield return ($"{wrapper} stays up for {settling}", new(wrapper, token => _watch.SettleAsync(wrapper, alive: false, token)));
    }

    private async Task<SystemctlResult> RestartUnitAsync(UnitName unit, bool afterFailure, CancellationToken cancellationToken)
    {
        // Asked first: of a unit that doesn't exist or is masked, restart itself only tells in words.
        (UnitState? state, SystemctlResult known) = await systemctl.ShowAsync(unit, cancellationToken);
        if (!known.Ok)
        {
            return known;
        }

        // A crash loop may have used up the starts that systemd grants. If this fails, the restart says why.
        if (afterFailure || state!.ActiveState == "failed")
        {
            await systemctl.ResetFailedAsync(unit, cancellationToken);
        }

        return await systemctl.RestartAsync(unit, cancellationToken);
    }

    /// <param name="Unit">What it is about; <see langword="null"/>: systemd itself.</param>
    /// <param name="Run">Does it.</param>
    private sealed record Step(UnitName? Unit, Func<CancellationToken, Task<SystemctlResult>> Run);
}
