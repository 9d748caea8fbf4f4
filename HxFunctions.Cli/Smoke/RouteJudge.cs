namespace HxFunctions.Cli.Smoke;

/// <summary>Whether what a gateway answered is what it should have, by the guard's verdict and the caller's key. Pure.</summary>
internal static class RouteJudge
{
    private const string NotAsked = "the gateway does not ask the guard about this path: check its policy and its cache";

    private const string WantsParameter = "it needs a parameter: the key was accepted, but nothing more is known";

    /// <param name="limitedIsKnown">Whether the gateway knows the limited key at all: else a refusal says nothing about what it
    /// may.</param>
    public static Judgement Judge(GuardedRoute route, Verdict verdict, Caller caller, SmokeAnswer answer, bool limitedIsKnown)
    {
        if (answer.Status == 0)
        {
            return Judgement.Fail(answer.Failure, "is the gateway running, and not overloaded? See its log, or raise --timeout");
        }

        if (caller == Caller.Limited && answer.Status == 401 && !limitedIsKnown)
        {
            return Judgement.Skip("401", "the gateway does not know the limited key, so its rights were not tested");
        }

        if (verdict == Verdict.Closed)
        {
            return Closed(caller, answer);
        }

        if (answer.IsGuardProblem)
        {
            return verdict == Verdict.Unknown
                ? Judgement.Skip("503 by the guard", "the guard could not be asked whether that is right")
                : WronglyRefused(answer);
        }

        if (LiteLlmFault.Of(answer) is { } fault)
        {
            return Judgement.Fail($"{answer.Status}, {fault.Found}", fault.Advice);
        }

        if (caller != Caller.Anonymous && LiteLlmFault.IsEnterpriseOnly(answer))
        {
            return Judgement.Skip(
                $"{answer.Status}",
                "LiteLLM Enterprise only: refused because of the licence, not because of a dependency"
            );
        }

        return Open(route, caller, answer);
    }

    /// <summary>The guard's problem for everyone; who has no key, or one that may not, may also be refused before the guard is
    /// asked.</summary>
    private static Judgement Closed(Caller caller, SmokeAnswer answer) =>
        (answer.Status, caller) switch
        {
            (503, _) when answer.IsGuardUnreachable => WronglyRefused(answer),
            (503, _) when answer.IsGuardProblem => Judgement.Pass("503 by the guard"),
            (503, _) => Judgement.Disagree(
                "503, not from the guard",
                "the guard says closed, but this 503 does not have the guard's problem body: is it from a load balancer or the backend?"
            ),
            (401, Caller.Anonymous) or (401 or 403, Caller.Limited) => Judgement.Pass(
                $"{answer.Status}",
                "refused because of the key: before the guard was asked, or without asking it"
            ),
            _ => Judgement.Disagree($"{answer.Status}, though closed", NotAsked),
        };

    private static Judgement WronglyRefused(SmokeAnswer answer) =>
        Judgement.Disagree(
            answer.IsGuardUnreachable ? "503, guard unreachable" : "503 by the guard, though open",
            answer.IsGuardUnreachable
                ? "the gateway gets no usable answer from the guard: check the function app's URL and key in its policy, and the "
                    + "network between them"
                : "the gateway asks another guard, or caches for too long"
        );

    private static Judgement Open(GuardedRoute route, Caller caller, SmokeAnswer answer) =>
        answer.Status switch
        {
            404 => Judgement.Skip("404", "does not exist here"),
            405 => Judgement.Skip("405", "does not support GET: only a write could show more"),
            >= 300 and < 400 => Judgement.Fail(
                $"{answer.Status}, a redirect",
                "--gateway is not the API's final URL: http instead of https, or a missing path"
            ),
            422 when caller != Caller.Anonymous => Judgement.Skip("422", WantsParameter),
            400 when caller == Caller.Admin && route.Read!.IsGuess => Judgement.Skip("400", WantsParameter),
            503 => Judgement.Fail("503, not from the guard", "the backend, or a load balancer in front of it, is not ready: see its log"),
            >= 500 => Judgement.Fail($"{answer.Status}", "see the gateway's log, and check its database and cache (hx check)"),
            429 => Judgement.Fail("429", "a rate limit: wait, or raise the limit of this key"),
            >= 200 and < 300 when !answer.LooksLikeJson => Judgement.Fail(
                $"{answer.Status}, not JSON",
                "something other than LiteLLM answers there: check --gateway and the gateway's routing"
            ),
            _ when caller == Caller.Admin => Admin(route.Read!, answer),
            _ when caller == Caller.Anonymous => JudgeAnonymous(answer),
            _ => Limited(route.Read!, answer),
        };

    private static Judgement Admin(SafeRead read, SmokeAnswer answer) =>
        answer.Status switch
        {
            var status when status == read.Answered => Judgement.Pass($"{status}"),
            401 => Judgement.Fail("401", "the gateway refuses the admin key: --key-env must name a variable that holds its master key"),
            403 => Judgement.Fail("403", "this is not an admin key: --key-env must name a variable that holds the master key"),
            var status => Judgement.Fail($"{status}", $"expected {read.Answered}: see the gateway's log"),
        };

    private static Judgement JudgeAnonymous(SmokeAnswer answer) =>
        answer.Status switch
        {
            401 => Judgement.Pass("401"),
            >= 200 and < 300 => Judgement.Fail(
                $"{answer.Status} without a key",
                "ANYONE HAS ADMIN RIGHTS: is LITELLM_MASTER_KEY set? Is allow_requests_on_db_unavailable on?"
            ),
            var status => Judgement.Fail($"{status}, not 401", "the gateway must refuse requests without a key with 401"),
        };

    /// <summary>LiteLLM refuses with 403 or, where its route check does it, with 401 and "Only proxy admin".</summary>
    private static Judgement Limited(SafeRead read, SmokeAnswer answer) =>
        answer.Status switch
        {
            403 => Judgement.Pass("403"),
            401 => Judgement.Pass("401", "refused with 401, as LiteLLM does on some routes for a key that it knows"),
            >= 200 and < 300 when !read.AdminsOnly => Judgement.Skip(
                $"{answer.Status}",
                read.IsGuess
                    ? "it is not known whether keys without admin rights may read there"
                    : "LiteLLM also answers keys without admin rights there"
            ),
            >= 200 and < 300 => Judgement.Fail(
                $"{answer.Status}, not refused",
                "the limited key has admin rights: check its role and its user's role"
            ),
            var status => Judgement.Fail($"{status}, not 403", "the gateway must refuse a key without admin rights with 403"),
        };
}

/// <param name="Disagrees">The guard says one thing and the gateway did another: worth another look, for what it caches.</param>
internal sealed record Judgement(SmokeOutcome Outcome, string Found, string Advice, bool Disagrees = false)
{
    public static Judgement Pass(string found, string advice = "") => new(SmokeOutcome.Pass, found, advice);

    public static Judgement Skip(string found, string advice) => new(SmokeOutcome.Skipped, found, advice);

    public static Judgement Fail(string found, string advice) => new(SmokeOutcome.Fail, found, advice);

    public static Judgement Disagree(string found, string advice) => new(SmokeOutcome.Fail, found, advice, true);
}
