namespace HxFunctions.Bench.Report;

/// <summary>All targets, in the order of the table.</summary>
internal static class Targets
{
    public static IReadOnlyList<Target> All { get; } =
    [
        Least("guard open, of the empty endpoint's requests/s, ordinary", "guard.open.ordinary", 0.90),
        Least("guard open, of the empty endpoint's requests/s, native", "guard.open.native", 0.90),
        Least("guard closed, of the empty endpoint's requests/s, ordinary", "guard.closed.ordinary", 0.90),
        Least("guard closed, of the empty endpoint's requests/s, native", "guard.closed.native", 0.90),
        Least("PostgreSQL hung, of the healthy requests/s, ordinary", "hung.ordinary", 0.95),
        Least("PostgreSQL hung, of the healthy requests/s, native", "hung.native", 0.95),
        Least("guard open, requests/s compared with MapHealthChecks", "times.healthchecks", 8, "times"),
        Least("guard open, requests/s compared with the old wrapper's design", "times.wrapper", 30, "times"),
        Most("first answer, native, of the ordinary empty endpoint's time", "start.native", 0.50),
        Most("first answer, ordinary", "start.ordinary", 350, "ms"),
        Most("working set after a minute of 1,000 requests/s, native", "memory.native", 70, "MB"),
        Most("working set after a minute of 1,000 requests/s, ordinary", "memory.ordinary", 150, "MB"),
        Most("decision with LiteLLM's full rules, the slowest", "decision.nanoseconds", 150, "ns"),
        Most("decision with LiteLLM's full rules, allocated", "decision.bytes", 0, "bytes"),
        Most("the slowest path of 2,048 characters", "path.microseconds", 30, "µs"),
        Most("nginx: rows of the gateways' table that miss their target", "gateways.missed.nginx", 0, "rows"),
        Most("Caddy: rows of the gateways' table that miss their target", "gateways.missed.caddy", 0, "rows"),
        Most("Functions worker: initialized, of an empty app's time", "worker.initialized", 1.15),
        Most("Functions worker: first answer, of an empty app's time", "worker.answered", 1.15),
        Most("Functions worker: working set, idle, of an empty app's", "worker.memory.idle", 1.25),
        Most("Functions worker: working set, in use, of an empty app's", "worker.memory.used", 1.25),
        Most("Functions worker: initialized, of the time of one that asks both servers", "worker.initialized.asking", 1.15),
        Most("Functions worker: first answer, of the time of one that asks both servers", "worker.answered.asking", 1.15),
        Most("Functions worker: working set, idle, of one that asks both servers", "worker.memory.idle.asking", 1.25),
        Most("Functions worker: working set, in use, of one that asks both servers", "worker.memory.used.asking", 1.25),
    ];

    private static Target Least(string text, string figure, double bound, string unit = "") => new(text, figure, false, bound, unit);

    private static Target Most(string text, string figure, double bound, string unit = "") => new(text, figure, true, bound, unit);
}
