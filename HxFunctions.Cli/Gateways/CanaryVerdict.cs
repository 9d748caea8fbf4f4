using System.Net.Mime;
using HxFunctions.Core.Http;

namespace HxFunctions.Cli.Gateways;

/// <summary>What an answer to a spelling of the canary says of the gateway.</summary>
internal enum CanaryVerdict
{
    /// <summary>The guard's own words came.</summary>
    Refused,

    /// <summary>The gateway, or what is behind it, takes no such line or method at all.</summary>
    RefusedAsForm,

    /// <summary>The connection was closed without an answer.</summary>
    Dropped,

    /// <summary>It got through: any other answer.</summary>
    Through,

    /// <summary>Closed in the gateway's own words for a guard that it could not ask.</summary>
    GuardSilent,

    /// <summary>Closed by the guard, but for a dependency: not as the canary.</summary>
    ClosedAsAnother,

    /// <summary>401 or 403: the caller isn't let in, whatever is asked.</summary>
    NotLetIn,

    /// <summary>The plain spelling was redirected: this isn't where the API answers.</summary>
    Redirected,

    /// <summary>An answer of a server in trouble, from whichever of them.</summary>
    Failure,

    /// <summary>429, again and again.</summary>
    RateLimited,

    /// <summary>No answer.</summary>
    Silent,

    /// <summary>There was no time left to ask.</summary>
    NotAsked,
}

/// <summary>Judges answers. No word of a server is taken over; only the guard's known ones are recognised.</summary>
internal static class CanaryJudge
{
    private const string Problems = ProblemAnswer.TypePrefix;
    private const string CanaryProblem = Problems + "canary";
    private const string Unreachable = Problems + "guard-unreachable";

    /// <summary>
    /// What servers answer to a line that they can't or won't read, or to a method that they don't have, whatever the path: RFC 9110
    /// section 15.5 and 15.6, RFC 6585 section 5; 494 is nginx's for a header that is too large.
    /// </summary>
    private static readonly int[] OfForm = [400, 405, 411, 414, 421, 431, 494, 501, 505];

    /// <summary>The guard's refusal of the canary: 503, or Envoy's 403, in its own words. A HEAD has none; their type is seen.</summary>
    public static bool IsRefusal(RawAnswer answer, string method) =>
        IsProblem(answer) && (method == "HEAD" || answer.Answer.Text("type") == CanaryProblem);

    public static bool IsGuardSilent(RawAnswer answer) => answer.Status >= 500 && answer.Answer.Text("type") == Unreachable;

    /// <summary>Any refusal in the guard's words.</summary>
    public static bool IsClosedByGuard(RawAnswer answer) =>
        IsProblem(answer)
        && answer.Answer.Text("type") is { } type
        && type != Unreachable
        && type.StartsWith(Problems, StringComparison.Ordinal);

    /// <summary>Whether an answer could be that of a server that doesn't take such lines.</summary>
    public static bool IsOfForm(RawAnswer answer) => OfForm.Contains(answer.Status);

    /// <summary>Judges the plain spelling by GET, on which all else rests.</summary>
    public static CanaryVerdict OfPlain(RawAnswer answer) =>
        answer switch
        {
            { Silence: not Silence.None } => CanaryVerdict.Silent,
            _ when IsRefusal(answer, "GET") => CanaryVerdict.Refused,
            _ when IsGuardSilent(answer) => CanaryVerdict.GuardSilent,
            _ when IsClosedByGuard(answer) => CanaryVerdict.ClosedAsAnother,
            { Status: 401 or 403 } => CanaryVerdict.NotLetIn,
            { Status: >= 300 and < 400 } => CanaryVerdict.Redirected,
            { Status: 429 } => CanaryVerdict.RateLimited,
            { Status: >= 500 } => CanaryVerdict.Failure,
            _ => CanaryVerdict.Through,
        };

    /// <summary>Judges a disguise, or another method.</summary>
    /// <param name="method">By which it was asked.</param>
    /// <param name="neighbour">
    /// The status of an unknown path in plain spelling with the same method. Where that is the same, the form is not what was refused.
    /// </param>
    public static CanaryVerdict Of(RawAnswer answer, string method, int neighbour) =>
        answer switch
        {
            { Silence: Silence.Closed } => CanaryVerdict.Dropped,
            { Silence: Silence.Unreachable or Silence.Late } => CanaryVerdict.Silent,
            // Something answered, as HTTP/0.9 does to a line that has no version.
            { Silence: Silence.NotHttp } => CanaryVerdict.Through,
            _ when IsRefusal(answer, method) => CanaryVerdict.Refused,
            // The plain spelling was refused by the guard: this is what it has no answer for, and closed.
            _ when IsGuardSilent(answer) => CanaryVerdict.GuardSilent,
            _ when IsClosedByGuard(answer) => CanaryVerdict.ClosedAsAnother,
            _ when IsOfForm(answer) && answer.Status != neighbour => CanaryVerdict.RefusedAsForm,
            { Status: 429 } => CanaryVerdict.RateLimited,
            _ => CanaryVerdict.Through,
        };

    private static bool IsProblem(RawAnswer answer) =>
        answer.Status is 503 or 403 && answer.Answer.MediaType == MediaTypeNames.Application.ProblemJson;
}
