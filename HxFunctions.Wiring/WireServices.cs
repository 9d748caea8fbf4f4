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
    public Task<bool> RestartAsync(CancellationToken cancellationToken) => Restart().RestartAsync(cancellationToken);

    /// <summary>The same on files that were put back: tried to the end.</summary>
    public Task<bool> RestartBothAsync() => Restart().RestartBothAsync(CancellationToken.None);

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

    /// <summary>Looks at the services as they are.</summary>
    public async Task<bool> VerifyAsync(CancellationToken cancellationToken)
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

            if (result.Ok && unit == _options.Service && !state!.DropInPaths.Contains(_options.DropIn))
            {
                result = new(false, $"systemd has not read {_options.DropIn}", "hx wire apply");
            }

            good &= Report(unit.Text, started, result.Ok ? result with { Detail = state!.Text } : result);
        }

        return good & await AnswersAsync(cancellationToken);
    }

    /// <summary>What is installed beside LiteLLM and does not go with it.</summary>
    public async Task<string?> LangfuseProblemAsync(CancellationToken cancellationToken)
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

    private ServiceRestart Restart()
    {
        ServiceOptions options = new(_options.Service, _options.Wrapper, _options.Gateway, _options.Timeout) { Settling = _options.Settle };
        return new(_systemctl, options, _http, TimeProvider.System, _progress.Ended);
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        (bool alive, string answer) = await Restart().TryLivelinessAsync(cancellationToken);
        SystemctlResult result = new(alive, answer, alive ? null : $"{Systemctl.SeeJournal(_options.Service)} Is --gateway its address?");
        return Report("LiteLLM answers /health/liveliness", started, result);
    }

    private bool Report(string name, long started, SystemctlResult result)
    {
        _progress.Ended(
            new(name, result.Ok ? StepResult.Pass : StepResult.Fail, Stopwatch.GetElapsedTime(started), result.Detail, result.Advice)
        );
        return result.Ok;
    }
}
