using System.Globalization;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Wiring.Services;

/// <summary>
/// Restarts LiteLLM, waits until it answers and has stayed up, then the same for the wrapper. Each step is told as it ends; after a failure
/// the rest is skipped.
/// </summary>
/// <remarks>
/// That <c>systemctl restart</c> succeeds only says that a process was started (Type=simple). A process that dies of its configuration some
/// seconds later is found by what systemd counts: the main process changes, NRestarts grows, the state isn't active.
/// </remarks>
/// <param name="systemctl">systemd.</param>
/// <param name="options">What, and for how long.</param>
/// <param name="http">See <see cref="CreateClient"/>.</param>
/// <param name="time">For all waiting.</param>
/// <param name="report">Is told each step.</param>
internal sealed class ServiceRestart(
    Systemctl systemctl,
    ServiceOptions options,
    HttpClient http,
    TimeProvider time,
    Action<WireStep> report
)
{
    /// <summary>One restart by systemd while LiteLLM comes up may be chance (its database wasn't there yet); two more are a loop.</summary>
    private const int CrashLoop = 3;

    /// <summary>What the step at work would say of itself if it were cut off now.</summary>
    private string _waitingFor = "";

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
        foreach ((string name, Step step) in Steps())
        {
            // What comes after the failure of a unit's restart could only fail for the same reason.
            if (failed.Count > 0 && (!evenAfterFailure || failed.Contains(step.Unit?.Text ?? "")))
            {
                report(new(name, StepResult.Skipped, TimeSpan.Zero, "a step before it failed", null));
                continue;
            }

            long since = time.GetTimestamp();
            SystemctlResult result;
            _waitingFor = "";
            try
            {
                result = await step.Run(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                result = new(
                    false,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"not done when the {options.Timeout.TotalSeconds:0.#} s for all steps (--timeout) were over{_waitingFor}"
                    ),
                    step.Unit is { } unit ? Systemctl.SeeJournal(unit) : "See whether systemd answers at all: systemctl is-system-running."
                );
            }

            report(new(name, result.Ok ? StepResult.Pass : StepResult.Fail, time.GetElapsedTime(since), result.Detail, result.Advice));
            if (!result.Ok)
            {
                failed.Add(step.Unit?.Text ?? "");
            }
        }

        return failed.Count == 0;
    }

    private IEnumerable<(string Name, Step Step)> Steps()
    {
        string settling = string.Create(CultureInfo.InvariantCulture, $"{options.Settling.TotalSeconds:0.#} s");
        UnitName service = options.Service;
        yield return ("systemctl daemon-reload", new(null, systemctl.DaemonReloadAsync));
        yield return ($"restart {service}", new(service, token => RestartUnitAsync(service, token)));
        yield return ($"{service} answers /health/liveliness", new(service, UntilAliveAsync));
        yield return ($"{service} stays up for {settling}", new(service, token => SettleAsync(service, alive: true, token)));
        if (options.Wrapper is not { } wrapper)
        {
            yield break;
        }

        yield return ($"restart {wrapper}", new(wrapper, token => RestartUnitAsync(wrapper, token)));
        yield return ($"{wrapper} stays up for {settling}", new(wrapper, token => SettleAsync(wrapper, alive: false, token)));
    }

    private async Task<SystemctlResult> RestartUnitAsync(UnitName unit, CancellationToken cancellationToken)
    {
        // Asked first: of a unit that doesn't exist or is masked, restart itself only tells in words.
        (_, SystemctlResult known) = await systemctl.ShowAsync(unit, cancellationToken);
        return known.Ok ? await systemctl.RestartAsync(unit, cancellationToken) : known;
    }

    private async Task<SystemctlResult> UntilAliveAsync(CancellationToken cancellationToken)
    {
        int? first = null;
        while (true)
        {
            (bool alive, string answer) = await TryLivelinessAsync(cancellationToken);
            if (alive)
            {
                return new(true, "200", null);
            }

            _waitingFor = $"; the last answer was {answer}";
            (UnitState? state, SystemctlResult result) = await systemctl.ShowAsync(options.Service, cancellationToken);
            if (!result.Ok)
            {
                return result;
            }

            first ??= state!.Restarts;
            if (state!.IsOver)
            {
                return NotUp(options.Service, state.Text);
            }

            if (state.Restarts - first >= CrashLoop)
            {
                return NotUp(options.Service, $"crash loop: systemd has restarted it {state.Restarts - first} times meanwhile");
            }

            await Task.Delay(options.Poll, time, cancellationToken);
        }
    }

    private async Task<SystemctlResult> SettleAsync(UnitName unit, bool alive, CancellationToken cancellationToken)
    {
        long since = time.GetTimestamp();
        UnitState? first = null;
        while (true)
        {
            bool last = first is not null && time.GetElapsedTime(since) >= options.Settling;
            (UnitState? state, SystemctlResult result) = await systemctl.ShowAsync(unit, cancellationToken);
            if (!result.Ok)
            {
                return result;
            }

            first ??= state!;
            if (!state!.IsActive)
            {
                return NotUp(unit, state.Text);
            }

            if (state.Restarts != first.Restarts || state.MainPid != first.MainPid)
            {
                return NotUp(unit, "crash loop: it ended and systemd restarted it");
            }

            if (last)
            {
                break;
            }

            await Task.Delay(options.Poll, time, cancellationToken);
        }

        if (!alive)
        {
            return new(true, "active, not restarted", null);
        }

        (bool answers, string answer) = await TryLivelinessAsync(cancellationToken);
        return answers
            ? new(true, "active, not restarted, answers", null)
            : NotUp(unit, $"it no longer answers /health/liveliness: {answer}");
    }

    /// <summary>One GET. That nobody listens is normal while LiteLLM starts.</summary>
    /// <returns>Whether it was 200, and the status or why there was none.</returns>
    public async Task<(bool Alive, string Answer)> TryLivelinessAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource tryOver = new(options.TryTimeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(tryOver.Token, cancellationToken);
        try
        {
            using HttpResponseMessage answer = await http.GetAsync(
                options.Liveliness,
                HttpCompletionOption.ResponseHeadersRead,
                either.Token
            );
            return ((int)answer.StatusCode == 200, ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e)
            when (e is HttpRequestException or IOException
                || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            return (false, e is OperationCanceledException ? "timeout" : NetworkFailures.Classify(e) ?? Reasons.Error);
        }
    }

    private static SystemctlResult NotUp(UnitName unit, string detail) => new(false, detail, Systemctl.SeeJournal(unit));

    /// <param name="Unit">What it is about; <see langword="null"/>: systemd itself.</param>
    /// <param name="Run">Does it.</param>
    private sealed record Step(UnitName? Unit, Func<CancellationToken, Task<SystemctlResult>> Run);
}
