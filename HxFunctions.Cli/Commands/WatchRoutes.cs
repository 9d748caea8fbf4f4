using System.Text.Json;
using HxFunctions.Core.Http.Status;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace HxFunctions.Cli.Commands;

/// <summary>The guarded routes. Rules that come to the same stand together.</summary>
internal static class WatchRoutes
{
    private const int RoutesShown = 40;

    public static IRenderable Of(JsonElement answer, WatchInk ink)
    {
        JsonElement rules = answer.GetProperty("rules");
        if (rules.GetArrayLength() == 0)
        {
            return ink.Empty(EmptyStates.NoRoute);
        }

        CliTable table = ink.Table(
                "Guarded routes",
                row => $"Reads {row[0]}, writes {row[1]}\n{row[2]}",
                "Reads",
                "Writes",
                "Guarded routes"
            )
            .Sentences(0, 1, 2);
        IEnumerable<IGrouping<(string Read, string Write), JsonElement>> groups = rules
            .EnumerateArray()
            .GroupBy(r => (Read: VerdictOf(r.GetProperty("read"), ink), Write: VerdictOf(r.GetProperty("write"), ink)));
        foreach (IGrouping<(string Read, string Write), JsonElement> group in groups)
        {
            table.AddRow(
                group.Key.Read,
                group.Key.Write,
                Listed([.. group.Select(r => WatchText.Of(r.GetProperty("rule")) + MethodsOf(r.GetProperty("methods")))])
            );
        }

        return table;
    }

    /// <summary>The default rules are some hundred.</summary>
    private static string Listed(string[] routes) =>
        routes.Length <= RoutesShown
            ? string.Join(' ', routes)
            : $"{string.Join(' ', routes[..RoutesShown])} and {routes.Length - RoutesShown} more: hx routes list";

    private static string VerdictOf(JsonElement verdict, WatchInk ink)
    {
        bool closed = verdict.GetProperty("verdict").ValueEquals("closed"),
            wouldBe = verdict.GetProperty("wouldBe").ValueEquals("closed");
        string missing = string.Join(", ", verdict.GetProperty("missing").EnumerateArray().Select(WatchText.DependencyOf));
        string why = (closed, wouldBe) switch
        {
            (true, true) => $": {missing}",
            (true, false) => ": manual override",
            (false, true) => $" (would be closed: {missing})",
            _ => "",
        };
        return $"[{ink.Colour(closed ? "red" : "green")}]{(closed ? "closed" : "open")}[/]{why}";
    }

    private static string MethodsOf(JsonElement methods) =>
        methods.ValueKind == JsonValueKind.Array
            ? $" ({Markup.Escape(string.Join(',', methods.EnumerateArray().Select(m => GuardCommand.OneLine(m.GetString()))))})"
            : "";
}
