using System.Text.Json;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Cli.Commands;

/// <summary>An incident or a manual override, as an answer of <c>/status/history</c> tells it. The words are on one line, and not yet
/// escaped.</summary>
/// <param name="Start"><see langword="null"/>: not recorded.</param>
/// <param name="End"><see langword="null"/>: ongoing.</param>
internal sealed record WatchIncident(string What, string Reason, DateTimeOffset? Start, DateTimeOffset? End, TimeSpan? Duration)
{
    /// <summary>Those that last first, then the newest first.</summary>
    /// <exception cref="InvalidOperationException">The answer isn't of the documented shape; or
    /// <see cref="KeyNotFoundException"/>.</exception>
    public static IEnumerable<WatchIncident> All(JsonElement answer)
    {
        IEnumerable<WatchIncident> incidents = answer
            .GetProperty("incidents")
            .EnumerateArray()
            .Select(i => Of(i, DependencyKind.DisplayNameOf(Text(i, "dependency")), ReasonOf(i)));
        // An app of before they were told has none.
        IEnumerable<JsonElement> overrides = answer.TryGetProperty("overrides", out JsonElement told) ? told.EnumerateArray() : [];
        return incidents
            .Concat(overrides.Select(o => Of(o, $"Override: {Text(o, "verdict")}", WordsOf(o))))
            .OrderBy(i => i.End is not null)
            .ThenByDescending(i => i.Start ?? i.End);
    }

    private static WatchIncident Of(JsonElement json, string what, string reason) =>
        new(
            what,
            reason,
            Moment(json, "start"),
            Moment(json, "end"),
            json.GetProperty("durationSeconds") is { ValueKind: JsonValueKind.Number } seconds
                ? TimeSpan.FromSeconds(seconds.GetDouble())
                : null
        );

    private static string ReasonOf(JsonElement incident)
    {
        string reason = Text(incident, "reason");
        return reason == Reasons.Unknown ? "reason not recorded" : reason.Replace('_', ' ');
    }

    /// <summary>Why and who.</summary>
    private static string WordsOf(JsonElement set)
    {
        string by = Text(set, "by");
        return Text(set, "reason") + (by.Length > 0 ? $" (by {by})" : "");
    }

    private static string Text(JsonElement json, string property) => GuardCommand.OneLine(json.GetProperty(property).GetString());

    private static DateTimeOffset? Moment(JsonElement json, string property) =>
        json.GetProperty(property) is { ValueKind: JsonValueKind.String } at ? at.GetDateTimeOffset() : null;
}
