using System.Diagnostics;
using System.Text.Json;
using HxFunctions.Bench.Report;
using HxFunctions.Bench.Runs;
using HxFunctions.Servers;
using HxFunctions.Tests;

namespace HxFunctions.Bench.Macro;

/// <summary><c>gateways</c>: what the guard costs a gateway. bench/gateways/measure.py measures; here is the table.</summary>
internal static class GatewaysPart
{
    private static readonly Dictionary<string, string> Names = new()
    {
        ["nginx"] = "nginx",
        ["caddy"] = "Caddy",
        ["haproxy"] = "HAProxy",
        ["starlette"] = "Starlette",
        ["static"] = "static",
    };

    /// <summary>Gateways that targets are set for.</summary>
    private static readonly string[] Judged = ["nginx", "caddy"];

    public static async Task RunAsync(PartRun run)
    {
        string file = Path.GetTempFileName();
        try
        {
            await MeasureAsync(run, file);
            Write(run, JsonSerializer.Deserialize<Row[]>(await File.ReadAllTextAsync(file), JsonSerializerOptions.Web)!);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task MeasureAsync(PartRun run, string file)
    {
        string[] arguments =
        [
            Path.Combine(Repository.Root, "bench", "gateways", "measure.py"),
            "--hx",
            App.Hx.FullProgram,
            "--json",
            file,
            "--seconds",
            $"{run.Pick(3, 1)}",
            "--rounds",
            $"{run.Pick(2, 1)}",
        ];
        using Process process = Process.Start(DebianPython.Program, arguments);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"bench/gateways/measure.py ended with exit code {process.ExitCode}.");
        }
    }

    private static void Write(PartRun run, Row[] rows)
    {
        MarkdownTable table = new(
            3,
            "gateway",
            "backend",
            "traffic",
            "requests/s",
            "of no guard",
            "target",
            "p50, ms",
            "p99, ms",
            "CPU time per request: gateway, µs",
            "guard, µs",
            "connections to the guard, at most"
        );
        foreach (Row row in rows)
        {
            string target =
                row.Aim is not { } aim ? ""
                : !Judged.Contains(row.Gateway) ? ""
                : $"{aim:0.00}, {(row.Ratio >= aim ? "met" : "**missed**")}";
            table.Add(
                Names[row.Gateway],
                Names[row.Backend],
                row.Case,
                row.Rate,
                Figure.Ratio(row.Ratio),
                target,
                row.P50,
                row.P99,
                row.GatewayTime,
                row.GuardTime,
                row.Connections
            );
        }

        run.Add("gateways", table);
        foreach (string gateway in Judged)
        {
            run.Set($"gateways.missed.{gateway}", rows.Count(row => row.Gateway == gateway && row.Ratio < row.Aim));
        }
    }

    /// <param name="Aim">The least that is aimed for as a part of the requests without a guard; null: no aim.</param>
    private sealed record Row(
        string Gateway,
        string Backend,
        string Case,
        double Rate,
        double Ratio,
        double? Aim,
        double P50,
        double P99,
        double GatewayTime,
        double GuardTime,
        int Connections
    );
}
