using System.Diagnostics;

namespace HxFunctions.Core.Telemetry;

/// <summary>The product's traces. A check is a trace of its own, with a span per probe; what a request came to is told in the span of its
/// host.</summary>
internal static class HxActivities
{
    /// <summary>The source's name, for listeners and exporters.</summary>
    public const string Name = "HxFunctions";

    public static ActivitySource Source { get; } = new(Name, ProductVersion.Text);

    /// <summary>A check, begun on no one's behalf.</summary>
    public static Activity? StartCheck(string dependency) =>
        Source.StartActivity("check " + dependency, ActivityKind.Internal)?.SetTag("hx.dependency", dependency);

    /// <summary>One call to a dependency.</summary>
    /// <remarks>Attributes of OpenTelemetry's semantic conventions where they have one: <c>db.system.name</c>, <c>error.type</c>. No
    /// address, which tells a host.</remarks>
    /// <param name="dependency">Its name.</param>
    /// <param name="databaseSystem">A value of <c>db.system.name</c>, or <see langword="null"/>.</param>
    public static Activity? StartProbe(string dependency, string? databaseSystem)
    {
        Activity? activity = Source.StartActivity("probe " + dependency, ActivityKind.Client)?.SetTag("hx.dependency", dependency);
        return databaseSystem is null ? activity : activity?.SetTag("db.system.name", databaseSystem);
    }

    /// <summary>Says how a check or a probe ended.</summary>
    public static void SetOutcome(this Activity? activity, string status, string reason)
    {
        if (activity is null)
        {
            return;
        }

        activity.SetTag("hx.status", status).SetTag("hx.reason", reason);
        if (status == "fail")
        {
            activity.SetTag("error.type", reason).SetStatus(ActivityStatusCode.Error);
        }
    }

    /// <summary>Says in the request's span, if anyone listens, what the guard decided.</summary>
    public static void SetDecision(string? rule, bool closed, string mode)
    {
        if (!Source.HasListeners())
        {
            return;
        }

        Activity
            .Current?.SetTag("hx.rule", rule ?? HxMeter.NoRule)
            .SetTag("hx.verdict", closed ? "closed" : "open")
            .SetTag("hx.mode", mode);
    }
}
