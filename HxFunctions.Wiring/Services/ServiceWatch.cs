namespace HxFunctions.Wiring.Services;

/// <summary>Looks at services until they are as they should be, or won't be.</summary>
/// <remarks>
/// That <c>systemctl restart</c> succeeds only says that a process was started (Type=simple). A process that dies of its configuration some
/// seconds later is found by what systemd counts: the main process changes, NRestarts grows, the state isn't active.
/// </remarks>
/// <param name="systemctl">systemd.</param>
/// <param name="options">What, and for how long.</param>
/// <param name="http">See <see cref="ServiceRestart.CreateClient"/>.</param>
/// <param name="time">For all waiting.</param>
internal sealed class ServiceWatch(Systemctl systemctl, ServiceOptions options, HttpClient http, TimeProvider time)
{
    /// <summary>One restart by systemd while LiteLLM comes up may be chance (its database wasn't there yet); two more are a loop.</summary>
    private const int CrashLoop = 3;

    /// <summary>LiteLLM itself.</summary>
    public GatewayHealth Health { get; } = new(options, http, time);

    /// <summary>What a step would say of itself if it were cut off now.</summary>
    public string WaitingFor { get; set; } = "";

    /// <summary>What systemd has merged, after it has read its files again.</summary>
    public async Task<SystemctlResult> InEffectAsync(WiredUnit wired, CancellationToken cancellationToken)
    {
        (UnitSettings? settings, SystemctlResult result) = await systemctl.ShowSettingsAsync(options.Service, cancellationToken);
        if (settings is null)
        {
            return result;
        }

        if (!settings.DropInPaths.Contains(wired.DropIn))
        {
            return new(
                false,
                $"systemd has not read {wired.DropIn}",
                "hx wire apply writes it. --unit-dir must be a folder that systemd reads units from, and no folder with a higher priority "
                    + "may have a drop-in of that name"
            );
        }

        WiringVerdict verdict = WiringVerdict.Of(options.Service, settings, wired, UnitEnvironment.ReadFile);
        return verdict.Problem is { } problem ? new(false, problem, verdict.Advice) : new(true, "nothing overrides it", null);
    }

    /// <summary>Whether the process that answers is the unit's, and not one that was there before.</summary>
    public async Task<SystemctlResult> PortIsOursAsync(CancellationToken cancellationToken)
    {
        (UnitState? state, SystemctlResult result) = await systemctl.ShowAsync(options.Service, cancellationToken);
        return result.Ok ? new PortOwner(options.Service, state!).Check(options.Gateway) : result;
    }

    public async Task<SystemctlResult> UntilReadyAsync(WiredUnit wired, CancellationToken cancellationToken)
    {
        while (true)
        {
            (SystemctlResult? ready, string answer) = await Health.TryReadinessAsync(wired.CacheType, cancellationToken);
            if (ready is not null)
            {
                return ready;
            }

            WaitingFor = $"; the last answer was {answer}";
            (UnitState? state, SystemctlResult result) = await systemctl.ShowAsync(options.Service, cancellationToken);
            if (!result.Ok || state!.IsOver)
            {
                return result.Ok ? NotUp(options.Service, state!.Text) : result;
            }

            await Task.Delay(options.Poll, time, cancellationToken);
        }
    }

    public async Task<SystemctlResult> UntilAliveAsync(CancellationToken cancellationToken)
    {
        int? first = null;
        while (true)
        {
            (bool alive, string answer) = await Health.TryLivelinessAsync(cancellationToken);
            if (alive)
            {
                return new(true, "200", null);
            }

            WaitingFor = $"; the last answer was {answer}";
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
                return NotUp(options.Service, $"crash loop: systemd has restarted it {state.Restarts - first} times in the meantime");
            }

            await Task.Delay(options.Poll, time, cancellationToken);
        }
    }

    public async Task<SystemctlResult> SettleAsync(UnitName unit, bool alive, CancellationToken cancellationToken)
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
                return NotUp(unit, "crash loop: it exited and systemd restarted it");
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

        (bool answers, string answer) = await Health.TryLivelinessAsync(cancellationToken);
        return answers
            ? new(true, "active, not restarted, answers", null)
            : NotUp(unit, $"it no longer answers /health/liveliness: {answer}");
    }

    private static SystemctlResult NotUp(UnitName unit, string detail) => new(false, detail, Systemctl.SeeJournal(unit));
}
