namespace HxFunctions.Cli.Smoke;

/// <summary>Looks at one guarded route with each key, between two questions to the guard.</summary>
internal sealed class RouteProbe(SmokeClient gateway, FunctionApp app, SmokeSettings settings, bool limitedIsKnown)
{
    /// <summary>Why a route was not tried with a limited key.</summary>
    public const string NoLimitedKey = "no --limited-key-env";

    private static readonly (Caller Caller, string Name)[] Callers =
    [
        (Caller.Admin, "admin key"),
        (Caller.Anonymous, "no key"),
        (Caller.Limited, "limited key"),
    ];

    /// <summary>The same result for every key.</summary>
    public IReadOnlyList<SmokeResult> All(GuardedRoute route, SmokeOutcome outcome, string found, string advice) =>
        [
            .. Callers.Select(c =>
                c.Caller == Caller.Limited && settings.LimitedKey is null
                    ? new SmokeResult(route.Suite, c.Name, route.Request, SmokeOutcome.Skipped, TimeSpan.Zero, "", NoLimitedKey)
                    : new SmokeResult(route.Suite, c.Name, route.Request, outcome, TimeSpan.Zero, found, advice)
            ),
        ];

    /// <returns>The results, and whether they stand: the verdict held still, and the gateway did what it says.</returns>
    public async Task<(IReadOnlyList<SmokeResult> Results, bool Settled)> LookAsync(GuardedRoute route, CancellationToken cancellationToken)
    {
        if (route.Read is null)
        {
            return (
                All(route, SmokeOutcome.Skipped, "", "no GET below it is known that is guarded, changes nothing and costs nothing"),
                true
            );
        }

        string relative = route.Read.Path.TrimStart('/');
        string path = gateway.PathOf(relative);
        (Verdict verdict, bool hasRule) = await app.AskAsync(path, cancellationToken);
        List<(string Name, Judgement Judgement, TimeSpan Took)> judged = [];
        foreach ((Caller caller, string name) in Callers)
        {
            if (caller == Caller.Limited && settings.LimitedKey is null)
            {
                judged.Add((name, Judgement.Skip("", NoLimitedKey), TimeSpan.Zero));
                continue;
            }

            string? key = caller switch
            {
                Caller.Admin => settings.Gateway.Key,
                Caller.Limited => settings.LimitedKey,
                _ => null,
            };
            SmokeAnswer answer = await gateway.GetAsync(relative, key, cancellationToken);
            judged.Add((name, RouteJudge.Judge(route, verdict, caller, answer, limitedIsKnown), answer.Took));
        }

        (Verdict after, _) = await app.AskAsync(path, cancellationToken);
        bool held = verdict == after;
        // Asked about under the path that the gateway gets: with a mount prefix that the guard does not know, it guards nothing.
        bool unguarded = held && verdict != Verdict.Unknown && route.GuardsReads && !hasRule;
        SmokeResult Result((string Name, Judgement Judgement, TimeSpan Took) j) =>
            new(
                route.Suite,
                j.Name,
                route.Request,
                j.Judgement.Outcome,
                j.Took,
                j.Judgement.Found,
                j.Judgement.Advice,
                held
                    ? verdict switch
                    {
                        Verdict.Open => "open",
                        Verdict.Closed => "closed",
                        _ => null,
                    }
                    : null
            );
        return (
            [
                .. judged
                    .Select(Result)
                    .Select(r =>
                        !held ? Changing(r)
                        : unguarded && r.Name == Callers[0].Name ? Unguarded(r)
                        : r
                    ),
            ],
            held && !judged.Any(j => j.Judgement.Disagrees)
        );
    }

    private static SmokeResult Changing(SmokeResult result) =>
        result.Outcome == SmokeOutcome.Skipped
            ? result
            : result with
            {
                Outcome = SmokeOutcome.Fail,
                Advice = "the guard's verdict kept changing: is a dependency flapping? See /status/history of the function app",
            };

    private static SmokeResult Unguarded(SmokeResult result) =>
        result with
        {
            Outcome = SmokeOutcome.Fail,
            Advice =
                "the guard has no rule for this path as the gateway gets it: GUARD_BASE_PATH of the function app must be the "
                + "gateway's mount prefix",
        };
}
