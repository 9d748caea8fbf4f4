namespace HxFunctions.Core.Http.Status;

/// <summary>What stands where there is nothing to show yet, on the page and in <c>hx watch</c>: that it is so, and what will
/// appear.</summary>
internal static class EmptyStates
{
    /// <summary>In place of a reason.</summary>
    public const string NotChecked = "not checked recently";

    public const string NoRoute = "No route is guarded. Routes that GUARD_ROUTES names appear here.";

    public const string NoIncident =
        "No incident in the last 7 days. One appears here when a dependency is down or degraded, or when someone sets an override.";

    public const string NoIncidentKnown = "No incident is known: there is no history.";
}
