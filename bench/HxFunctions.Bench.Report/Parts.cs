namespace HxFunctions.Bench.Report;

/// <summary>The parts of a run, in their order, and the tables that each writes.</summary>
internal static class Parts
{
    public const string Decision = "decision";
    public const string Compared = "compared";
    public const string Request = "request";
    public const string Start = "start";
    public const string Memory = "memory";
    public const string Gateways = "gateways";
    public const string Load = "load";
    public const string Fleet = "fleet";
    public const string Worker = "worker";

    public static IReadOnlyList<(string Part, string[] Tables)> Tables { get; } =
    [
        (Decision, ["decision", "paths", "steps"]),
        (Compared, ["compared", "hung", "hung-alternatives"]),
        (Request, ["request", "allocation"]),
        (Start, ["start"]),
        (Memory, ["memory"]),
        (Gateways, ["gateways"]),
        (Load, ["load", "check"]),
        (Fleet, ["fleet", "redis-limit"]),
        (Worker, ["worker-start", "worker-memory"]),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. Tables.Select(part => part.Part)];
}
