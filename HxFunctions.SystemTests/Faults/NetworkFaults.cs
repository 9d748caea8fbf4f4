using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Routing;
using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Faults;

/// <summary>What a network does to any dependency.</summary>
internal static class NetworkFaults
{
    private static readonly TimeSpan FlapPace = TimeSpan.FromMilliseconds(60);

    public static IEnumerable<FaultCell> Of(string dependency)
    {
        FaultCell cell = new()
        {
            Dependency = dependency,
            Fault = "",
            ThroughProxy = true,
        };
        FaultCell hangs = cell with { Hangs = true, Reason = Reasons.Timeout, Besides = [Reasons.StillRunning, Reasons.ConnectionReset] };

        yield return By(
            FaultMode.Refuse,
            cell with
            {
                Fault = "refused",
                Reason = Reasons.ConnectionRefused,
                Besides = [Reasons.ConnectionReset],
            }
        );
        yield return By(FaultMode.Unaccepted, hangs with { Fault = "hung before accept" });
        yield return By(FaultMode.Stall, hangs with { Fault = "hung in mid-answer" });
        yield return By(FaultMode.Reset, cell with { Fault = "reset", Reason = Reasons.ConnectionReset });
        yield return By(FaultMode.Drip, hangs with { Fault = "slow drip" });
        yield return By(
            FaultMode.Garbage,
            dependency == DependencyName.Qdrant
                ? hangs with
                {
                    Fault = "garbage",
                    Note = "Garbage without a line break looks to an HTTP reader like a line that hasn't ended yet.",
                }
                : cell with
                {
                    Fault = "garbage",
                    Reason = Reasons.UnexpectedResponse,
                    Besides = [Reasons.ConnectionReset],
                }
        );
        yield return cell with
        {
            Fault = "DNS failure",
            ThroughProxy = false,
            UnknownHost = true,
            OnlyAtStart = true,
            Reason = Reasons.DnsFailure,
            Note = "Only the machine's resolver can take a name's address away or give it back, and the tests don't change the resolver.",
        };
        yield return cell with
        {
            Fault = "flapping",
            Fitful = true,
            Reason = Reasons.ConnectionReset,
            Besides = [Reasons.ConnectionRefused, Reasons.UnexpectedResponse, Reasons.Timeout, Reasons.StillRunning, Reasons.Error],
            Break = stage =>
                stage.LoopAsync(async stop =>
                {
                    await stage.Proxy.SetAsync(FaultMode.Refuse);
                    await Task.Delay(FlapPace, stop);
                    await stage.Proxy.SetAsync(FaultMode.Pass);
                    await Task.Delay(FlapPace, stop);
                }),
            Mend = async stage =>
            {
                await stage.EndLoopAsync();
                await stage.Proxy.SetAsync(FaultMode.Pass);
            },
            Note = "Each probe finds one or the other: HEALTH_FALL and HEALTH_RISE decide.",
        };
    }

    private static FaultCell By(FaultMode mode, FaultCell cell) =>
        cell with
        {
            Break = stage => stage.Proxy.SetAsync(mode),
            Mend = stage => stage.Proxy.SetAsync(FaultMode.Pass),
        };
}
