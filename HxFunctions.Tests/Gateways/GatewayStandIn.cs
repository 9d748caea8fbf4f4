using System.Text;
using HxFunctions.Cli.Gateways;
using HxFunctions.Tests.Servers;

namespace HxFunctions.Tests.Gateways;

/// <summary>Gateways that are played, and a check of one.</summary>
internal static class GatewayStandIn
{
    public static readonly string NotFound = RawServer.Say(404, """{"detail":"Not Found"}""");
    public static readonly string Models = RawServer.Say(200, """{"data":[]}""");

    private static readonly HashSet<string> Canaries =
    [
        .. CanarySpellings
            .Of("", "", "x")
            .Asked.Select(one => one.Target)
            .Where(target => !target.Contains("//x/", StringComparison.Ordinal)),
    ];

    public static Task<GatewayCheckResult> CheckAsync(
        RawServer gateway,
        string mount = "",
        RawServer? direct = null,
        TimeProvider? time = null
    ) =>
        new GatewayCheck(
            new(
                new(gateway.Url, mount, [new("X-Gateway-Key", "made-up-key")]),
                "/v1/models",
                mount,
                direct is null ? null : new(direct.Url, "", []),
                // The real time of a busy machine, or five seconds that a test turns by hand.
                time is null
                    ? Eventually.Patience
                    : TimeSpan.FromSeconds(5)
            ),
            time ?? TimeProvider.System
        ).RunAsync(default);

    /// <summary>A gateway with the guard's knowledge of every spelling, and a backend.</summary>
    public static string Good(string head)
    {
        string target = Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(RawServer.TargetOf(head)));
        return Canaries.Contains(target) || target.Contains("//127.0.0.1:", StringComparison.Ordinal) ? GuardWords.Canary : Behind(head);
    }

    public static string Behind(string head) => IsOpenPath(head) ? Models : NotFound;

    public static bool IsOpenPath(string head) => RawServer.TargetOf(head) == "/v1/models";
}
