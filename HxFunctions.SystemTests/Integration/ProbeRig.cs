using System.Diagnostics;
using System.Globalization;
using HxFunctions.Cli.Commands;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Telemetry;
using HxFunctions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HxFunctions.SystemTests.Integration;

/// <summary>
/// One dependency's probe as the product puts it together, kept from fault to recovery: what passes again does so without a new process or
/// service provider.
/// </summary>
internal sealed class ProbeRig : IAsyncDisposable
{
    /// <summary>Enough for a login on a busy machine; far less than any driver's own timeouts.</summary>
    public const double Ample = 3;

    /// <summary>For servers that don't answer: the test waits for it.</summary>
    public const double Short = 0.5;

    // What a busy machine may take to run a continuation whose time has come.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    private readonly ServiceProvider _services;
    private readonly DependencyProbe _probe;
    private readonly TimeSpan _timeout;
    private readonly Diagnosis _diagnosis = new();

    private ProbeRig(string dependency, double timeout, Dictionary<string, string?> variables)
    {
        string seconds = timeout.ToString(CultureInfo.InvariantCulture);
        foreach (string variable in new[] { Variables.PgTimeout, Variables.RedisTimeout, Variables.QdrantTimeout })
        {
            variables.TryAdd(variable, seconds);
        }

        variables[Variables.EnableDbGuard] = "false";
        Settings settings = Settings.From(variables);
        Assert.Empty(settings.Problems);

        _services = new ServiceCollection()
            .AddLogging(l => l.SetMinimumLevel(LogLevel.Debug).AddProvider(_diagnosis))
            .AddHxFunctions(settings.Product)
            .BuildServiceProvider();
        Dependency probed = _services.GetRequiredService<DependencySet>().Find(dependency)!;
        _timeout = probed.Timeout;
        _probe = new(
            probed,
            _services.GetRequiredService<IServiceScopeFactory>(),
            TimeProvider.System,
            TaskScheduler.Default,
            _services.GetRequiredService<Redactor>(),
            _services.GetRequiredService<HxMeter>(),
            _services.GetRequiredService<ILogger<DependencyProbe>>()
        );
    }

    public static ProbeRig Postgres(string url, double timeout = Ample, string interval = "30", bool writes = false) =>
        new(
            DependencyName.Postgres,
            timeout,
            new()
            {
                [Variables.PgUrl] = url,
                [Variables.PgWriteProbe] = writes ? "true" : "false",
                [Variables.CheckInterval] = interval,
                [Variables.CheckTimeout] = CheckTimeout(timeout),
            }
        );

    public static ProbeRig Redis(string url, double timeout = Ample, string interval = "30", params (string Name, string Value)[] more)
    {
        Dictionary<string, string?> variables = new()
        {
            [Variables.RedisUrl] = url,
            [Variables.CheckInterval] = interval,
            [Variables.CheckTimeout] = CheckTimeout(timeout),
        };
        foreach ((string name, string value) in more)
        {
            variables[name] = value;
        }

        return new(DependencyName.Redis, timeout, variables);
    }

    public static ProbeRig Qdrant(string url, string? key = null, string? collection = null, double timeout = Ample) =>
        new(
            DependencyName.Qdrant,
            timeout,
            new()
            {
                [Variables.QdrantUrl] = url,
                [Variables.QdrantApiKey] = key,
                [Variables.QdrantCollection] = collection,
                [Variables.CheckTimeout] = CheckTimeout(timeout),
            }
        );

    /// <summary>What the last probe tried, as <c>hx check --verbose</c> shows it.</summary>
    public IReadOnlyList<ProbeStep> Steps { get; private set; } = [];

    /// <summary>Probes once and holds the probe to its deadline.</summary>
    public async Task<ProbeOutcome> ProbeAsync()
    {
        long started = Stopwatch.GetTimestamp();
        ProbeRun run = new(TimeProvider.System, _timeout);
        ProbeOutcome outcome = await _probe.ProbeAsync(run);
        Steps = run.Steps;
        TimeSpan took = Stopwatch.GetElapsedTime(started);
        Assert.True(took < _timeout + Margin, $"The probe took {took.TotalSeconds:0.0} s, its deadline is {_timeout.TotalSeconds:0.0} s.");
        return outcome;
    }

    public Task PassesAsync() => IsAsync(DependencyStatus.Pass, Reasons.Ok);

    public Task FailsAsync(params string[] reasons) => IsAsync(DependencyStatus.Fail, reasons);

    public Task WarnsAsync(string reason) => IsAsync(DependencyStatus.Warn, reason);

    /// <summary>Probes once, and gives what is said beside the reason.</summary>
    public async Task<string?> DetailAsync(DependencyStatus status, string reason)
    {
        ProbeOutcome outcome = await ProbeAsync();
        Assert.True(
            outcome.Status == status && outcome.Reason == reason,
            $"It is {outcome.Status}/{outcome.Reason} ({outcome.Detail}), not {status}/{reason}. {_diagnosis}"
        );
        return outcome.Detail;
    }

    /// <summary>Probes until it passes by itself.</summary>
    /// <returns>How long it took.</returns>
    public Task<TimeSpan> RecoversAsync() => TurnsAsync(DependencyStatus.Pass, Reasons.Ok);

    /// <summary>Probes until it says so.</summary>
    public async Task<TimeSpan> TurnsAsync(DependencyStatus status, string reason, TimeSpan? patience = null)
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            ProbeOutcome outcome = await ProbeAsync();
            TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
            if (outcome.Status == status && outcome.Reason == reason)
            {
                return elapsed;
            }

            Assert.True(
                elapsed < (patience ?? Eventually.Patience),
                $"Still {outcome.Status}/{outcome.Reason} after {elapsed.TotalSeconds:0.0} s. {_diagnosis}"
            );
            await Task.Delay(Pace);
        }
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private async Task IsAsync(DependencyStatus status, params string[] reasons)
    {
        ProbeOutcome outcome = await ProbeAsync();
        Assert.True(
            outcome.Status == status && reasons.Contains(outcome.Reason),
            $"It is {outcome.Status}/{outcome.Reason}, not {status}/{string.Join('|', reasons)}. {_diagnosis}"
        );
    }

    // A probe and its confirmation, below any interval that is used here.
    private static string CheckTimeout(double timeout) =>
        Math.Min((2 * timeout) + 0.5, Math.Max(timeout, 1.9)).ToString(CultureInfo.InvariantCulture);

    /// <summary>The last thing that a check logged: what the driver said.</summary>
    private sealed class Diagnosis : ILoggerProvider, ILogger
    {
        private volatile string _last = "";

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => _last = formatter(state, exception);

        public void Dispose() { }

        public override string ToString() => _last;
    }
}
