using System.Globalization;
using System.Text.RegularExpressions;
using HxFunctions.Servers;

namespace HxFunctions.Bench.Load;

/// <summary>What wrk says of one run.</summary>
/// <param name="Rate">Answers per second.</param>
/// <param name="P50">In milliseconds.</param>
/// <param name="P99">In milliseconds.</param>
/// <param name="Requests">How many answers there were.</param>
/// <param name="Refused">How many of them were neither 2xx nor 3xx.</param>
internal sealed partial record WrkRun(double Rate, double P50, double P99, long Requests, long Refused)
{
    public const int Connections = 32;

    public static async Task<WrkRun> RunAsync(Uri url, IEnumerable<(string Name, string Value)> headers, int seconds)
    {
        string[] arguments =
        [
            "-t1",
            $"-c{Connections}",
            $"-d{seconds}s",
            "--timeout",
            "30s",
            "--latency",
            .. headers.SelectMany(header => new[] { "-H", $"{header.Name}: {header.Value}" }),
            url.AbsoluteUri,
        ];
        return Parse(await ExternalProgram.RunAsync("wrk", arguments));
    }

    public static WrkRun Parse(string text) =>
        new(
            Number(Rates().Match(text)),
            Milliseconds(Latency50().Match(text)),
            Milliseconds(Latency99().Match(text)),
            (long)Number(Count().Match(text)),
            RefusedCount().Match(text) is { Success: true } refused ? (long)Number(refused) : 0
        );

    private static double Number(Match match) =>
        match.Success
            ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
            : throw new FormatException("wrk did not say what it should.");

    private static double Milliseconds(Match match) =>
        Number(match)
        * match.Groups[2].Value switch
        {
            "us" => 0.001,
            "ms" => 1,
            "s" => 1000,
            var unit => throw new FormatException($"wrk said {unit}."),
        };

    [GeneratedRegex(@"Requests/sec: +([\d.]+)")]
    private static partial Regex Rates();

    [GeneratedRegex(@"50% +([\d.]+)([a-z]+)")]
    private static partial Regex Latency50();

    [GeneratedRegex(@"99% +([\d.]+)([a-z]+)")]
    private static partial Regex Latency99();

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex Count();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex RefusedCount();
}
