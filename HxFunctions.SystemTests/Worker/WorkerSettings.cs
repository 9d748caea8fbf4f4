using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Worker;

/// <summary>Settings of the app in these tests.</summary>
internal static class WorkerSettings
{
    /// <summary>One dependency, Qdrant, which <c>/v1/keys</c> needs. No Redis: the instance works alone, and one outcome decides.</summary>
    public static Dictionary<string, string?> With(QdrantSimulator qdrant, params (string Name, string? Value)[] more)
    {
        Dictionary<string, string?> settings = new()
        {
            ["QDRANT_URL"] = qdrant.Url,
            ["GUARD_ROUTES"] = "/v1/keys=qdrant",
            ["HEALTH_FALL"] = "1",
            ["HEALTH_RISE"] = "1",
            // A busy machine neither fails a check nor makes knowledge too old.
            ["QDRANT_TIMEOUT"] = "60",
            ["HEALTH_CHECK_TIMEOUT"] = "60",
            ["GUARD_MAX_STALENESS"] = "60",
            // The timer is the host's: it fires when a test says so.
            ["HEALTH_SNAPSHOT_SCHEDULE"] = "0 0 * * * *",
        };
        foreach ((string name, string? value) in more)
        {
            settings[name] = value;
        }

        return settings;
    }

    /// <summary>Exports to a receiver.</summary>
    public static (string Name, string? Value)[] ExportTo(Uri receiver) =>
        [("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.ToString()), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")];
}
