using System.Diagnostics;
using HxFunctions.Core.Dependencies;
using HxFunctions.Wiring.Services;

namespace HxFunctions.Wiring;

/// <summary>The services that a run restarts or looks at.</summary>
internal sealed class WireServices : IDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(100);

    private readonly WireOptions _options;
    private readonly IWireProgress _progress;
    private readonly Systemctl _systemctl;
    private readonly HttpClient _http = ServiceRestart.CreateClient();

    public WireServices(WireOptions options, IWireProgress progress, Redactor redactor)
    {
        _options = options;
        _progress = progress;
        _systemctl = new(null, options.Timeout < CallTimeout ? options.Timeout : CallTimeout, redactor, TimeProvider.System);
    }

    public void Dispose() => _http.Dispose();

    /// <returns>Whether all came up and stayed up.</returns>
    public Task<bool> RestartAsync(WirePlan plan, CancellationToken cancellationToken) => Restart(plan).RestartAsync(cancellationToken);

    /// <summary>The same on files that were put back: tried to the end.</summary>
    public Task<bool> RestartBothAsync() => Restart(null).RestartBothAsync(CancellationToken.None);

    /// <summary>Whether systemd answers and knows the services, running or not.</summary>
    public async Task<bool> AreKnownAsync(CancellationToken cancellationToken)
    {
        foreach (UnitName unit in Units())
        {
            long started = Stopwatch.GetTimestamp();
            (_, SystemctlResult result) = await _systemctl.ShowAsync(unit, cancellationToken);
            if (!Report($"systemd knows {unit}", started, result.Ok ? result with { Detail = "" } : result))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether systemd would start LiteLLM on what is to be written: better known before.</summary>
    public async Task<bool> WouldBeInEffectAsync(WirePlan plan, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        return await VerdictAsync(plan, cancellationToken) is not { Problem: { } problem, Advice: var advice }
            || Report($"{_options.Service} would start with the wired files", started, new(false, problem, advice));
    }

    /// <summary>What a plan should say of the unit: what systemd has in effect beside our drop-in, and what is installed beside
    /// LiteLLM.</summary>
    public async Task<IReadOnlyList<string>> WarningsAsync(WirePlan plan, CancellationToken cancellationToken)
    {
        WiringVerdict? verdict = await VerdictAsync(plan, cancellationToken);
        string? langfuse = plan.UsesLangfuse ? await LangfuseProblemAsync(cancellationToken) : null;
        return
        [
            .. verdict?.Problem is { } problem ? (string[])[$"{problem}. {verdict.Advice}"] : [],
            .. verdict?.Warnings ?? [],
            .. Some(langfuse),
        ];
    }

    /// <returns><see langword="null"/>: there is no systemd, it knows no such unit, or the drop-in is left alone.</returns>
    private async Task<WiringVerdict?> VerdictAsync(WirePlan plan, CancellationToken cancellationToken)
    {
        if (!_systemctl.IsAvailable || !plan.Files.Any(file => file.Path == _options.DropIn))
        {
            return null;
        }

        (UnitSettings? settings, _) = await _systemctl.ShowSettingsAsync(_options.Service, cancellationToken);
        WiredUnit wired = WiredUnit.From(_options, plan);
        return settings is null
            ? null
            : WiringVerdict.Of(
                _options.Service,
                DropInFile.WithOurs(settings, wired, UnitEnvironment.ReadFile),
                wired,
                UnitEnvironment.ReadFile
            );
    }

    private static string[] Some(string? text) => text is null ? [] : [text];

    /// <summary>Looks at the services as they are.</summary>
    public async Task<bool> VerifyAsync(WirePlan plan, CancellationToken cancellationToken)
    {
        bool good = true;
        foreach (UnitName unit in Units())
        {
            long started = Stopwatch.GetTimestamp();
            (UnitState? state, SystemctlResult result) = await _systemctl.ShowAsync(unit, cancellationToken);
            if (result.Ok && !state!.IsActive)
            {
                result = new(false, state.Text, Systemctl.SeeJournal(unit));
            }

            if (result.Ok && state!.NeedsDaemonReload)
            {
                result = new(
                    false,
                    "its files have changed since systemd read them",
                    $"systemctl daemon-reload && systemctl restart {unit}"
                );
            }

            good &= Report(unit.Text, started, result.Ok ? result with { Detail = state!.Text } : result);
        }

        long asked = Stopwatch.GetTimestamp();
        ServiceOptions options = Options(plan);
        ServiceWatch watch = new(_systemctl, options, _http, TimeProvider.System);
        good &= Report($"systemd has {_options.DropIn} in effect", asked, await watch.InEffectAsync(options.Wired!, cancellationToken));
        return good & await AnswersAsync(watch, options.Wired!, cancellationToken);
    }

    /// <summary>What is installed beside LiteLLM and does not go with it.</summary>
    private async Task<string?> LangfuseProblemAsync(CancellationToken cancellationToken)
    {
        if (!_systemctl.IsAvailable)
        {
            return null;
        }

        (UnitState? state, _) = await _systemctl.ShowAsync(_options.Service, cancellationToken);
        try
        {
            return state is { FragmentPath.Length: > 0 }
                ? LangfuseCheck.Problem(LangfuseCheck.ProgramOf(await File.ReadAllTextAsync(state.FragmentPath, cancellationToken)))
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private IEnumerable<UnitName> Units() => _options.Wrapper is { } wrapper ? [_options.Service, wrapper] : [_options.Service];

    /// <param name="plan"><see langword="null"/>: what the services run on is not ours to judge.</param>
    private ServiceRestart Restart(WirePlan? plan) =>
        new(_systemctl, Options(plan), _http, TimeProvider.System, _progress.Ended, _progress.Waiting);

    private ServiceOptions Options(WirePlan? plan) =>
        new(_options.Service, _options.Wrapper, _options.Gateway, _options.Timeout)
        {
            Settling = _options.Settle,
            Wired = plan is null ? null : WiredUnit.From(_options, plan),
        };

    private async Task<bool> AnswersAsync(ServiceWatch watch, WiredUnit wired, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        (bool alive, string answer) = await watch.Health.TryLivelinessAsync(cancellationToken);
        SystemctlResult result = new(alive, answer, alive ? null : $"{Systemctl.SeeJournal(_options.Service)} Is --gateway its address?");
        if (!Report("LiteLLM answers /health/liveliness", started, result))
        {
            return false;
        }

        bool good = Report(
            $"port {_options.Gateway.Port} belongs to {_options.Service}",
            started,
            await watch.PortIsOursAsync(cancellationToken)
        );
        (SystemctlResult? ready, string last) = await watch.Health.TryReadinessAsync(wired.CacheType, cancellationToken);
        return good
            & Report(
                "LiteLLM has its database and its cache",
                started,
                ready ?? new(false, $"/health/readiness: {last}", Systemctl.SeeJournal(_options.Service))
            );
    }

    private bool Report(string name, long started, SystemctlResult result)
    {
        _progress.Ended(
            new(
                name,
                result.IsUnknown ? StepResult.Skipped
                    : result.Ok ? StepResult.Pass
                    : StepResult.Fail,
                Stopwatch.GetElapsedTime(started),
                result.Detail,
                result.Advice
            )
        );
        return result.Ok;
    }
}
