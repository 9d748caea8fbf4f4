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

        For operators who ask what HxFunctions reports in a certain outage, and for developers who change a probe. This page lists every fault of every dependency, the state and the reason that HxFunctions reports, and how soon routes close. It is a reference.

        The tests (`FaultMatrixTests`) write this page, and fail when their results differ from it. They take one instance of the whole product, reached over HTTP, through every cell. They use a real PostgreSQL, a real redis-server and a simulated Qdrant, directly or through a TCP proxy that breaks the network.
        Each fault is tested three times: when the instance starts during it, when it begins in steady state, and when it returns during recovery, while `HEALTH_RISE` passes are still being counted.

        For every cell, the tests also check that

        - a route that needs the other two dependencies stays open, and so does a route that needs none;
        - the guard keeps answering, within a second plus any delay of the machine itself, and every probe ends by its deadline;
        - when the fault is removed, the route opens again in the same process, and the number of the process's sockets and of the server's connections returns to its earlier level. A probe that hung has ended by then: while one probe runs, no
          other starts, and nothing passes;
        - no user, password, key or host of a URL is in any answer, header, log record (at the lowest level, including the framework's own), metric, trace or value in Redis, in any encoding. The one exception is the telemetry that Npgsql and .NET's network client
          produce themselves: it names the server and the user, but contains no secret.

        *Closes* says how a route closes in steady state: *at once* means after one failed probe, *confirmed* means after a second one (`HEALTH_FALL`). *By new connections* means that existing connections still work, and the fault is noticed only when a new connection is
        made, within one `HEALTH_CHECK_INTERVAL`. A dash marks a combination that makes no sense or isn't tested; the note says why.

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
