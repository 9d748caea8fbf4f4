using System.Globalization;
using System.Numerics;
using System.Text.Json;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Core.Http;

/// <summary>A verdict as an answer: 200 and the verdict when open; 503 (403 for callers that can't pass a 503 on) and a problem when
/// closed.</summary>
internal sealed class GuardAnswer(GuardDecision decision, DependencySet dependencies, RetryAdvice advice, HxSettings settings, bool asCheck)
    : JsonAnswer
{
    /// <summary>For how long an answer may be given again: by less than that is the age behind that it tells.</summary>
    private static readonly TimeSpan Reuse = TimeSpan.FromMilliseconds(10);

    private readonly string[] _missing = MissingNames(decision, dependencies, settings);
    private readonly int _retryAfter = decision.Closed ? advice.Seconds(decision) : 0;

    /// <summary>Whether a later decision may be answered in these words: it came to the same, and but a moment later.</summary>
    public bool Answers(in GuardDecision later) =>
        later.HasSameContentAs(decision)
        && later.Now >= decision.Now
        && decision.Snapshot.Ages.Seconds(later.Now - decision.Now) < Reuse.TotalSeconds;

    protected override int Status =>
        decision.Closed
            ? asCheck
                ? 403
                : 503
            : 200;

    protected override string ContentType => decision.Closed ? Problem : Json;

    protected override void WriteHeaders(IHeaderDictionary headers)
    {
        headers["x-hx-verdict"] = decision.Closed ? "closed" : "open";
        if (decision.Closed)
        {
            headers.RetryAfter = _retryAfter.ToString(CultureInfo.InvariantCulture);
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

        if (decision.Override is { } inEffect)
        {
            writer.WriteOverride(decision.Snapshot, inEffect, decision.Now);
        }

        writer.WriteSeconds(Names.AgeSeconds, decision.AgeSeconds);
        writer.WriteSeconds(Names.MaxAgeSeconds, decision.MaxAgeSeconds);
        writer.WriteEndObject();
    }

    private void WriteOpen(Utf8JsonWriter writer)
    {
        writer.WriteString(Names.Verdict, Names.Open);
        WriteRuleAndMode(writer);
        if (decision.Mode == GuardMode.Shadow)
        {
            writer.WriteString(Names.WouldBe, decision.VerdictIsClosed ? Names.Closed : Names.Open);
        }

        WriteMissing(writer);
    }

    private void WriteClosed(Utf8JsonWriter writer)
    {
        writer.WriteString(Names.Type, decision.IsOverridden ? Names.ClosedByOperator : Names.DependencyUnavailable);
        writer.WriteString(Names.Title, Names.ServiceUnavailable);
        // The same body for /guard/check, whose 403 only stands in for what the caller gets in the end.
        writer.WriteNumber(Names.Status, 503);
        writer.WriteString(Names.Detail, Detail());
        writer.WriteString(Names.Verdict, Names.Closed);
        WriteRuleAndMode(writer);
        WriteMissing(writer);
        writer.WriteNumber(Names.RetryAfterSeconds, _retryAfter);
    }

    private string Detail() =>
        decision.IsOverridden
            ? "Gateway route closed by an operator."
            : $"Gateway dependency unavailable: {string.Join(", ", Array.ConvertAll(_missing, DependencyKind.DisplayNameOf))}.";

    private void WriteRuleAndMode(Utf8JsonWriter writer)
    {
        writer.WriteString(Names.Rule, decision.Rule?.Prefix);
        writer.WriteString(Names.Mode, decision.Mode.Wire());
    }

    private void WriteMissing(Utf8JsonWriter writer)
    {
        writer.WriteStartArray(Names.Missing);
        foreach (string name in _missing)
        {
            writer.WriteStringValue(name);
        }

        writer.WriteEndArray();
        if (!decision.VerdictIsClosed)
        {
            return;
        }

        writer.WriteStartObject(Names.Reasons);
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

    /// <summary>What every answer says in the same words, escaped once.</summary>
    private static class Names
    {
        public static readonly JsonEncodedText AgeSeconds = JsonEncodedText.Encode("ageSeconds");
        public static readonly JsonEncodedText Closed = JsonEncodedText.Encode("closed");
        public static readonly JsonEncodedText ClosedByOperator = JsonEncodedText.Encode(ProblemAnswer.TypePrefix + "closed-by-operator");
        public static readonly JsonEncodedText DependencyUnavailable = JsonEncodedText.Encode(
            ProblemAnswer.TypePrefix + "dependency-unavailable"
        );
        public static readonly JsonEncodedText Detail = JsonEncodedText.Encode("detail");
        public static readonly JsonEncodedText MaxAgeSeconds = JsonEncodedText.Encode("maxAgeSeconds");
        public static readonly JsonEncodedText Missing = JsonEncodedText.Encode("missing");
        public static readonly JsonEncodedText Mode = JsonEncodedText.Encode("mode");
        public static readonly JsonEncodedText Open = JsonEncodedText.Encode("open");
        public static readonly JsonEncodedText Reasons = JsonEncodedText.Encode("reasons");
        public static readonly JsonEncodedText RetryAfterSeconds = JsonEncodedText.Encode("retryAfterSeconds");
        public static readonly JsonEncodedText Rule = JsonEncodedText.Encode("rule");
        public static readonly JsonEncodedText ServiceUnavailable = JsonEncodedText.Encode("Service Unavailable");
        public static readonly JsonEncodedText Status = JsonEncodedText.Encode("status");
        public static readonly JsonEncodedText Title = JsonEncodedText.Encode("title");
        public static readonly JsonEncodedText Type = JsonEncodedText.Encode("type");
        public static readonly JsonEncodedText Verdict = JsonEncodedText.Encode("verdict");
        public static readonly JsonEncodedText WouldBe = JsonEncodedText.Encode("wouldBe");
    }
}
