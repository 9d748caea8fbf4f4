using System.Globalization;
using System.Text.Json;
using HxFunctions.Cli.Serving;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Cli.Smoke;

/// <summary>One smoke test: asks both servers what can be asked with GET, and judges. Reads only.</summary>
internal sealed class SmokeRun : IDisposable
{
    /// <summary>A production gateway is asked a little at a time.</summary>
    private const int Parallel = 4;

    /// <summary>How often a route is looked at whose verdict changed meanwhile, or that disagrees with it.</summary>
    private const int Passes = 3;

    private const string Suite = "gateway";

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
        _app = new(_functions, settings.Functions.Key);
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
        // These four have the deadline of a request each, which is shorter.
        Task<SmokeResult> dependencies = _app.DependenciesAsync(cancellationToken);
        Task<(SmokeResult Result, GuardKnowledge Known)> rules = _app.RulesAsync(cancellationToken);
        Task<SmokeAnswer> models = ModelsAsync(_settings.Gateway.Key, cancellationToken);
        Task<SmokeAnswer>? limited = _settings.LimitedKey is null ? null : ModelsAsync(_settings.LimitedKey, cancellationToken);
        (SmokeResult guard, GuardKnowledge known) = await rules;
        SmokeAnswer answer = await models;
        SmokeAnswer? limitedAnswer = limited is null ? null : await limited;
        List<SmokeResult> results = [await dependencies, guard, ModelsJudge.Admin(answer), ModelsJudge.Limited(limitedAnswer)];

        RouteProbe probe = new(_gateway, _app, _settings, limitedIsKnown: limitedAnswer is { Status: not (0 or 401) });
        IReadOnlyList<SmokeResult>[] routes =
            answer.Status == 0
                ? [.. known.Routes.Select(r => probe.All(r, SmokeOutcome.Skipped, "", "the gateway does not answer: see /v1/models"))]
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
            $"not finished: all of it may take {_settings.Overall.TotalSeconds:0.#} s; --timeout sets a sixth of that"
        );
        return [.. results.Select((r, i) => r ?? probe.All(known.Routes[i], SmokeOutcome.Fail, "out of time", late))];
    }

    /// <summary>Judges <c>/v1/models</c>, which no default rule guards.</summary>
    private static class ModelsJudge
    {
        private const string Request = "GET /v1/models";

        public static SmokeResult Admin(SmokeAnswer answer)
        {
            SmokeResult Result(SmokeOutcome outcome, string found, string advice) =>
                new(Suite, "admin key", Request, outcome, answer.Took, found, advice);
            SmokeResult Fail(string found, string advice) => Result(SmokeOutcome.Fail, found, advice);

            if (answer.Status == 200 && answer.Truncated && answer.LooksLikeJson)
            {
                return Result(SmokeOutcome.Pass, "200, a long list", "");
            }

            return answer.Status switch
            {
                0 => Fail(answer.Failure, "is the gateway up at --gateway? systemctl status, its log"),
                200 when answer.Member("data") is { ValueKind: JsonValueKind.Array } data => Result(
                    SmokeOutcome.Pass,
                    $"200, {data.GetArrayLength()} {(data.GetArrayLength() == 1 ? "model" : "models")}",
                    data.GetArrayLength() == 0 ? "no model is configured" : ""
                ),
                200 => Fail("200, no list of models", "something else than LiteLLM answers there: --gateway"),
                401 or 403 => Fail(
                    $"{answer.Status}",
                    "the gateway does not take the admin key: --key-env must name a variable with its master key"
                ),
                404 => Fail("404", "is --gateway LiteLLM's base URL, SERVER_ROOT_PATH included, without /v1?"),
                503 when answer.IsGuardProblem => Fail("503 by the guard", "/v1/models needs no database: is it guarded on purpose?"),
                >= 300 and < 400 => Fail(
                    $"{answer.Status}, a redirect",
                    "--gateway is not where the API answers: http for https, or a path is missing"
                ),
                _ => Fail($"{answer.Status}", "the gateway's log"),
            };
        }

        /// <summary>Models may be listed with a limited key or not: what counts is that the gateway knows it.</summary>
        public static SmokeResult Limited(SmokeAnswer? answer)
        {
            SmokeResult Result(SmokeOutcome outcome, string found, string advice) =>
                new(Suite, "limited key", Request, outcome, answer?.Took ?? TimeSpan.Zero, found, advice);
            return answer?.Status switch
            {
                null => Result(SmokeOutcome.Skipped, "", "no --limited-key-env: a key that may not administer was not tried"),
                0 => Result(SmokeOutcome.Fail, answer.Failure, "see the admin key"),
                200 or 403 => Result(SmokeOutcome.Pass, $"{answer.Status}", ""),
                401 => Result(
                    SmokeOutcome.Fail,
                    "401",
                    "the gateway does not know the limited key: --limited-key-env must name a variable with a virtual key"
                ),
                _ => Result(SmokeOutcome.Fail, $"{answer.Status}", "see the admin key"),
            };
        }
    }
}
