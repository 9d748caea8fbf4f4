using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Routing;
using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Faults;

/// <summary>What a Qdrant does (a simulator: the same bytes).</summary>
internal static class QdrantFaults
{
    private static readonly FaultCell Cell = new() { Dependency = DependencyName.Qdrant, Fault = "" };

    public static IReadOnlyList<FaultCell> All { get; } =
    [
        Cell with
        {
            Fault = "pooler refuses",
            Senseless = "Qdrant has no pooler.",
        },
        Cell with
        {
            Fault = "gone behind a proxy",
            Senseless = "Its proxies answer over HTTP: 502 and 503 are `not_ready`, 408 and 504 `timeout`, others `unexpected_response`.",
        },
        Cell with
        {
            Fault = "failing over",
            Senseless = "`QDRANT_URL` names one host.",
        },
        Cell with
        {
            Fault = "killed",
            Reason = Reasons.ConnectionRefused,
            Besides = [Reasons.ConnectionReset],
            Break = stage => stage.Qdrant.StopAsync(),
            Mend = stage => stage.Qdrant.StartAgainAsync(),
            Note = "The simulator closes its connections and its port.",
        },
        Cell with
        {
            Fault = "hung after accept",
            Hangs = true,
            Reason = Reasons.Timeout,
            Besides = [Reasons.StillRunning],
            Break = stage => Set(stage, QdrantMode.Hang),
            Mend = stage => Set(stage, QdrantMode.Healthy),
        },
        Cell with
        {
            Fault = "TLS failure",
            Tls = true,
            OnlyAtStart = true,
            Reason = Reasons.TlsFailure,
            Besides = [Reasons.Timeout, Reasons.StillRunning],
            Note = "Only the machine's certificate authorities are trusted, and the tests add none.",
        },
        Cell with
        {
            Fault = "wrong credentials",
            Reason = Reasons.AuthenticationFailed,
            Break = stage => SetKey(stage, "another"),
            Mend = stage => SetKey(stage, Canaries.QdrantKey),
            Note = "Each request contains the key.",
        },
        Cell with
        {
            Fault = "read-only",
            Senseless =
                "A Qdrant that accepts no writes still answers reads, also with a read-only key. No request that may be repeated every "
                + "two seconds can tell the difference.",
        },
        Cell with
        {
            Fault = "out of memory",
            Senseless =
                "Qdrant has no such answer. The kernel kills it (see killed), a collection turns red, or Qdrant starts again in recovery "
                + "mode, in which it lists collections and serves none. The probe sees the last two if `QDRANT_COLLECTION` is set.",
        },
        Cell with
        {
            Fault = "out of connections",
            Senseless = "Qdrant itself has no limit.",
        },
        Cell with
        {
            Fault = "restarting",
            Fitful = true,
            Reason = Reasons.ConnectionRefused,
            Besides = [Reasons.ConnectionReset, Reasons.Timeout, Reasons.StillRunning],
            Break = FaultCatalog.Restarting(stage => stage.Qdrant.StopAsync(), stage => stage.Qdrant.StartAgainAsync()),
            Mend = async stage =>
            {
                await stage.EndLoopAsync();
                await stage.Qdrant.StartAgainAsync();
            },
        },
    ];

    private static Task Set(FaultStage stage, QdrantMode mode)
    {
        stage.Qdrant.Mode = mode;
        return Task.CompletedTask;
    }

    private static Task SetKey(FaultStage stage, string key)
    {
        stage.Qdrant.ApiKey = key;
        return Task.CompletedTask;
    }
}
