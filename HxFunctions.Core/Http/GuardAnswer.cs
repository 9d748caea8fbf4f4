using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Core.Http;

/// <summary>A verdict as an answer: 200 and the verdict when open; 503 (403 for callers that can't pass a 503 on) and a problem when
/// closed.</summary>
/// <param name="asCheck">Whether closed is 403.</param>
/// <param name="byHeaders">Whether headers alone say which request is meant, so that <c>Vary</c> can tell a cache.</param>
internal sealed class GuardAnswer(
    GuardDecision decision,
    DependencySet dependencies,
    RetryAdvice advice,
    HxSettings settings,
    bool asCheck,
    bool byHeaders
) : JsonAnswer
{
    /// <summary>
    /// What no rule guards may be kept (RFC 9111, and RFC 5861 for the stale ones), in seconds, so that a gateway needn't ask about every
    /// request and model traffic outlives the guard. Gateways that keep answers by hand go by this very text.
    /// </summary>
    public const string Keepable = "private, max-age=1, stale-while-revalidate=10, stale-if-error=3600";

    /// <summary>The body of a refusal once more, as a header: nginx's <c>auth_request</c> takes nothing but headers from an answer. JSON as
    /// it is written here is ASCII without control characters, and so may stand in one.</summary>
    public const string ProblemHeader = "x-hx-problem";

    private readonly string[] _missing = MissingNames(decision, dependencies, settings);
    private readonly int _retryAfter = decision.Closed ? advice.Seconds(decision) : 0;

    /// <summary>Whether a refusal has its body in <see cref="ProblemHeader"/>, too.</summary>
    public bool HasProblemHeader { get; init; }

    protected override int Status =>
        decision.Closed
            ? asCheck
                ? 403
                : 503
            : 200;

    protected override string ContentType => decision.Closed ? Problem : Json;

    protected override void WriteHeaders(IHeaderDictionary headers, ReadOnlySpan<byte> body)
    {
        headers["x-hx-verdict"] = decision.Closed ? "closed" : "open";
        if (byHeaders && decision is { Closed: false, Rule: null, IsUndecidable: false } && settings.Problems.Count == 0)
        {
            headers.CacheControl = Keepable;
            headers.Vary = GuardedRequest.HeaderNames;
        }

        if (decision.Closed)
        {
            headers.RetryAfter = _retryAfter.ToString(CultureInfo.InvariantCulture);
            if (HasProblemHeader)
            {
                headers[ProblemHeader] = Encoding.ASCII.GetString(body);
            }
        }
    }

    protected override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        if (decision.Closed)
        {
            WriteClosed(writer);
        }
        else
        {
            WriteOpen(writer);
        }

        if (!decision.IsCanary && decision.Override is { } inEffect)
        {
            writer.WriteOverride(decision.Snapshot, inEffect, decision.Now);
        }

        writer.WriteSeconds("ageSeconds", decision.AgeSeconds);
        writer.WriteSeconds("maxAgeSeconds", decision.MaxAgeSeconds);
        writer.WriteEndObject();
    }

    private void WriteOpen(Utf8JsonWriter writer)
    {
        writer.WriteString("verdict", "open");
        WriteRuleAndMode(writer);
        if (decision.Mode == GuardMode.Shadow)
        {
            writer.WriteString("wouldBe", decision.VerdictIsClosed ? "closed" : "open");
        }

        WriteMissing(writer);
    }

    private void WriteClosed(Utf8JsonWriter writer)
    {
        writer.WriteString("type", Type());
        writer.WriteString("title", "Service Unavailable");
        // The same body for /guard/check, whose 403 only stands in for what the caller gets in the end.
        writer.WriteNumber("status", 503);
        writer.WriteString("detail", Detail());
        writer.WriteString("verdict", "closed");
        WriteRuleAndMode(writer);
        WriteMissing(writer);
        writer.WriteNumber("retryAfterSeconds", _retryAfter);
    }

    private string Type() =>
        decision.IsCanary ? $"{ProblemAnswer.TypePrefix}canary"
        : decision.IsOverridden ? $"{ProblemAnswer.TypePrefix}closed-by-operator"
        : $"{ProblemAnswer.TypePrefix}dependency-unavailable";

    private string Detail() =>
        decision.IsCanary ? "The guard's canary, which is always closed: this gateway asks the guard."
        : decision.IsOverridden ? "Gateway route closed by an operator."
        : $"Gateway dependency unavailable: {string.Join(", ", Array.ConvertAll(_missing, DependencyKind.DisplayNameOf))}.";

    private void WriteRuleAndMode(Utf8JsonWriter writer)
    {
        writer.WriteString("rule", decision.Rule?.Route);
        writer.WriteString("mode", decision.Mode.Wire());
    }

    private void WriteMissing(Utf8JsonWriter writer)
    {
        writer.WriteStrings("missing", _missing);
        if (!decision.VerdictIsClosed)
        {
            return;
        }

        writer.WriteStartObject("reasons");
        foreach (string name in _missing)
        {
            writer.WriteString(name, ReasonOf(name));
        }

        writer.WriteEndObject();
    }

    /// <summary>While misconfigured it is what the rule needs: that may have no check, and so no bit.</summary>
    internal static string[] MissingNames(GuardDecision decision, DependencySet dependencies, HxSettings settings)
    {
        if (settings.Problems.Count > 0)
        {
            return decision.VerdictIsClosed ? [.. decision.Rule!.Dependencies] : [];
        }

        if (decision.Missing == 0)
        {
            return [];
        }

        string[] names = new string[BitOperations.PopCount(decision.Missing)];
        for (int i = 0, found = 0; i < dependencies.Count; i++)
        {
            if ((decision.Missing & dependencies[i].Bit) != 0)
            {
                names[found++] = dependencies[i].Name;
            }
        }

        return names;
    }

    private string ReasonOf(string name)
    {
        if (settings.Problems.Count > 0)
        {
            return Reasons.Misconfigured;
        }

        int index = dependencies.Find(name)!.Index;
        return decision.Snapshot.DecisiveAt(index, decision.Now) == DependencyStatus.Unknown
            ? Reasons.Unknown
            : decision.Snapshot.Dependencies[index].Record!.State.Reason;
    }
}
