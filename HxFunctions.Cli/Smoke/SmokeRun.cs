using System.Globalization;
using HxFunctions.Cli.Serving;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Cli.Smoke;

/// <summary>One smoke test: asks both servers what can be asked with GET, and judges. Reads only.</summary>
internal sealed class SmokeRun : IDisposable
{
    /// <summary>Why nothing else is asked of a gateway that does not list its models.</summary>
    public const string NoAnswer = "the gateway does not answer: see /v1/models";

    /// <summary>A production gateway is asked a little at a time.</summary>
    private const int Parallel = 4;

    /// <summary>How often a route is looked at whose verdict changed meanwhile, or that disagrees with it.</summary>
    private const int Passes = 3;

    private readonly SmokeSettings _settings;
    private readonly SmokeClient _gateway;
    private readonly SmokeClient _functions;
    private readonly FunctionApp _app;
    private readonly Redactor _redactor;

    public SmokeRun(SmokeSettings settings)
    {
        _settings = settings;
        _gateway = new(settings.Gateway, "Authorization", "Bearer ", settings.Timeout);
        _functions = new(settings.Functions, HostKeys.Header, "", settings.Timeout);
        _app = new(_functions, settings.Functions.Key, settings.Functions.WhyNoKey);
        _redactor = new([settings.Gateway.Key, settings.LimitedKey, settings.Functions.Key]);
    }

    public void Dispose()
    {
        _gateway.Dispose();
        _functions.Dispose();
    }

    /// <returns>Every result: the function app's, the gateway's, and three for each guarded prefix in the order of the rules.</returns>
    /// <exception cref="OperationCanceledException">The caller cancelled. Running out of time is a result, no exception.</exception>
    public async Task<IReadOnlyList<SmokeResult>> RunAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource overall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        overall.CancelAfter(_settings.Overall);
        // These have the deadline of a request each, which is shorter.
        Task<SmokeAnswer> dependencies = _app.DependenciesAsync(cancellationToken);
        Task<SmokeResult> configuration = _app.ConfigurationAsync(cancellationToken);
        Task<(SmokeResult Result, GuardKnowledge Known)> rules = _app.RulesAsync(cancellationToken);
        Task<SmokeAnswer> readiness = _gateway.GetAsync("health/readiness", null, cancellationToken);
        Task<SmokeAnswer> models = ModelsAsync(_settings.Gateway.Key, cancellationToken);
        Task<SmokeAnswer>? limited = _settings.LimitedKey is null ? null : ModelsAsync(_settings.LimitedKey, cancellationToken);
        (SmokeResult guard, GuardKnowledge known) = await rules;
        SmokeAnswer answer = await models;
        SmokeAnswer? limitedAnswer = limited is null ? null : await limited;
        SmokeResult configured = _app.Dependencies(await dependencies, known);
        List<SmokeResult> results =
        [
            // The names of dependencies are the server's.
            configured with
            {
                Found = _redactor.Redact(configured.Found),
                Advice = _redactor.Redact(configured.Advice),
            },
            await configuration,
            guard,
            ReadinessJudge.Judge(await readiness, known.NeedsDatabase, gatewayAnswers: answer.Status != 0),
            ModelsJudge.Admin(answer),
            ModelsJudge.Limited(limitedAnswer),
        ];

        RouteProbe probe = new(_gateway, _app, _settings, limitedIsKnown: limitedAnswer is { Status: not (0 or 401) });
        IReadOnlyList<SmokeResult>[] routes =
            answer.Status == 0
                ? [.. known.Routes.Select(r => probe.All(r, SmokeOutcome.Skipped, "", NoAnswer))]
                : await RoutesAsync(probe, known, overall.Token, cancellationToken);
        return
        [
            .. results,
            .. routes.SelectMany(r => r).Select(r => r with { Suite = _redactor.Redact(r.Suite), Request = _redactor.Redact(r.Request) }),
        ];
    }

    private Task<SmokeAnswer> ModelsAsync(string? key, CancellationToken cancellationToken) =>
        _gateway.GetAsync("v1/models", key, cancellationToken);

    /// <summary>Goes over all routes, and again over those that are not settled once what is cached has expired.</summary>
    private async Task<IReadOnlyList<SmokeResult>[]> RoutesAsync(
        RouteProbe probe,
        GuardKnowledge known,
        CancellationToken overall,
        CancellationToken cancellationToken
    )
    {
        IReadOnlyList<SmokeResult>?[] results = new IReadOnlyList<SmokeResult>?[known.Routes.Count];
        int[] open = [.. Enumerable.Range(0, results.Length)];
        try
        {
            for (int pass = 1; open.Length > 0 && pass <= Passes; pass++)
            {
                if (pass > 1)
                {
                    await Task.Delay(known.Cached, overall);
                }

                bool[] settled = new bool[results.Length];
                await System.Threading.Tasks.Parallel.ForEachAsync(
                    open,
                    new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = overall },
                    async (i, token) => (results[i], settled[i]) = await probe.LookAsync(known.Routes[i], token)
                );
                open = [.. open.Where(i => !settled[i])];
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Out of time: what was found so far stands.
        }

        string late = string.Create(
            CultureInfo.InvariantCulture,
            $"not finished: the time limit of the whole test is {_settings.Overall.TotalSeconds:0.#} s, six times --timeout"
        );
        return [.. results.Select((r, i) => r ?? probe.All(known.Routes[i], SmokeOutcome.Fail, "out of time", late))];
    }
}
