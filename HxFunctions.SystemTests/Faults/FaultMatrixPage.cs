using System.Globalization;
using System.Text;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.SystemTests.Faults;

/// <summary>Writes docs/fault-matrix.md: the same text for the same findings.</summary>
internal static class FaultMatrixPage
{
    private const string Introduction = """
        # Fault matrix

        What HxFunctions holds of each dependency in each trouble: when it is started into it, when it comes in steady state, and when it comes again during recovery, while
        `HEALTH_RISE` passes are still being counted. This page is written by the tests (`FaultMatrixTests`), which walk one instance, the whole product behind its HTTP surface, through every cell,
        against a real PostgreSQL, a real redis-server and a simulator of Qdrant, directly or through a TCP proxy that breaks the network. They fail when what they find is not what stands here.

        For every cell they hold, besides, that

        - a route that needs the other two dependencies is open, and one that needs none is so all the time;
        - the guard goes on answering: in a second at most and what the machine itself takes, while every probe ends at its deadline;
        - when it is mended, the route opens again in the same process, and its sockets and the server's connections are back at their level. A probe that hung is over by then:
          while one runs no other starts, and nothing passes;
        - no user, password, key or host of a URL is in any answer, header, log record (at the lowest level, the framework's own too), metric, trace or value in Redis, in whatever
          encoding. Only in telemetry of their own do Npgsql and .NET's network client name whom they talk to and as whom, and no secret there either.

        *Closes* says what it takes in steady state: *at once* is one failed probe, *confirmed* a second one (`HEALTH_FALL`). What is seen *by new connections* only shows when a connection is
        made, within one `HEALTH_CHECK_INTERVAL`, for the connections that are open work on. A dash is a cell that makes no sense; the note says why.

        ## The faults

        """;

    public static string Write(IReadOnlyCollection<FaultResult> results)
    {
        StringBuilder page = new(Introduction);
        page.Append("\n| fault | how |\n|---|---|\n");
        foreach ((string name, string how) in FaultCatalog.Faults)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {name} | {how} |\n");
        }

        List<string> notes = [];
        foreach (string dependency in FaultCatalog.All.Select(c => c.Dependency).Distinct())
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {DependencyKind.DisplayNameOf(dependency)}\n\n");
            page.Append("| fault | at start | in steady state | during recovery | closes |\n|---|---|---|---|---|\n");
            foreach ((string fault, _) in FaultCatalog.Faults)
            {
                FaultCell cell = FaultCatalog.Of(dependency, fault);
                page.Append(Row(cell, results.SingleOrDefault(r => r.Cell == cell), NoteOf(cell, notes)));
            }
        }

        page.Append("\n## Notes\n\n");
        for (int i = 0; i < notes.Count; i++)
        {
            page.Append(CultureInfo.InvariantCulture, $"{i + 1}. {notes[i]}\n");
        }

        return page.ToString();
    }

    private static string Row(FaultCell cell, FaultResult? found, string note)
    {
        string[] columns = found is null
            ? ["–", "–", "–", "–"]
            : [TextOf(found, found.AtStart), TextOf(found, found.Steady), TextOf(found, found.Recovering), Closes(found)];
        return $"| {cell.Fault}{note} | {string.Join(" | ", columns)} |\n";
    }

    private static string TextOf(FaultResult found, Held? held) =>
        held switch
        {
            null => "–",
            _ when found.Cell.Fitful => "pass or fail",
            _ => $"{held.Status.Wire()} `{held.Reason}`",
        };

    private static string Closes(FaultResult found) =>
        found switch
        {
            { Steady: null } => "–",
            { Cell.Fitful: true } => "confirmed",
            { Cell.NewConnectionsOnly: true } => (found.ClosedAtOnce ? "at once" : "confirmed") + ", by new connections",
            { ClosedAtOnce: true } => "at once",
            _ => "confirmed",
        };

    private static string NoteOf(FaultCell cell, List<string> notes)
    {
        if ((cell.Senseless ?? cell.Note) is not { } text)
        {
            return "";
        }

        if (!notes.Contains(text))
        {
            notes.Add(text);
        }

        return string.Create(CultureInfo.InvariantCulture, $" <sup>{notes.IndexOf(text) + 1}</sup>");
    }
}
