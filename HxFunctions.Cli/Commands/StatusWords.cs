using HxFunctions.Core.Dependencies;

namespace HxFunctions.Cli.Commands;

/// <summary>
/// A dependency's status as people read it, in a terminal as on the status page: up, degraded, down, unknown. Machines get pass, warn, fail
/// and unknown, as the HTTP API gives them.
/// </summary>
internal static class StatusWords
{
    /// <summary>As markup.</summary>
    public static string Coloured(DependencyStatus status) => $"[{ColourOf(status.Wire())}]{Of(status.Wire())}[/]";

    /// <param name="status">As the API gives it.</param>
    public static string Of(string status) =>
        status switch
        {
            "pass" => "up",
            "warn" => "degraded",
            "fail" => "down",
            _ => "unknown",
        };

    public static string ColourOf(string status) =>
        status switch
        {
            "pass" => "green",
            "warn" => "yellow",
            "fail" => "red",
            _ => "grey",
        };
}
