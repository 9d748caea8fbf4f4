using System.Globalization;

namespace HxFunctions.Tests.Simulation;

/// <summary>What can happen to a fleet.</summary>
internal enum Fault
{
    /// <summary>A server refuses connections.</summary>
    ServerKilled,

    /// <summary>A server doesn't answer.</summary>
    ServerHung,

    /// <summary>A server takes no writes.</summary>
    ServerReadOnly,

    /// <summary>A server fails now and then.</summary>
    ServerLies,

    /// <summary>An instance can't connect to a server.</summary>
    LinkRefused,

    /// <summary>What an instance sends to a server vanishes.</summary>
    LinkSilent,

    /// <summary>Answers get lost on the way to an instance, after the server has acted.</summary>
    LinkLosesReplies,

    /// <summary>Messages between an instance and a server take up to some seconds.</summary>
    LinkSlow,

    /// <summary>Redis's replica, which lags by <c>Amount</c> seconds, becomes the primary; its clock differs by <c>Shift</c>.</summary>
    FailOver,

    /// <summary>Redis loses everything; the new one's clock differs by <c>Shift</c>.</summary>
    Flush,

    /// <summary>Redis's clock is set by <c>Shift</c> seconds.</summary>
    ClockStep,

    /// <summary>An instance is killed, and another takes its place.</summary>
    Kill,

    /// <summary>An instance stops in good order, and another takes its place: of a later version, or with <c>Server: 0</c> of this
    /// one.</summary>
    Upgrade,

    /// <summary>An instance stands still.</summary>
    Pause,

    /// <summary>An instance gets no guard requests.</summary>
    NoTraffic,

    /// <summary>An instance is told to override, for <c>Amount</c> seconds.</summary>
    SetOverride,

    /// <summary>An instance is told to clear the override.</summary>
    ClearOverride,

    /// <summary>Somebody writes nonsense under our keys, and removes it when the incident ends.</summary>
    Outsider,

    /// <summary>Somebody asks an instance for live checks in a loop.</summary>
    LiveLoop,
}

/// <summary>Something that happens at one time.</summary>
/// <param name="At">When it begins, in seconds.</param>
/// <param name="For">How long it lasts, in seconds.</param>
/// <param name="Instance">To which place of the fleet, if to one.</param>
/// <param name="Server">To which server: 0 PostgreSQL, 1 Redis, 2 Qdrant.</param>
internal sealed record Incident(
    Fault Fault,
    double At,
    double For = 0,
    int Instance = 0,
    int Server = 0,
    double Amount = 0,
    double Shift = 0
)
{
    public override string ToString()
    {
        List<string> parts = [string.Create(CultureInfo.InvariantCulture, $"new(Fault.{Fault}, {At:0.0##}")];
        Add("For", For);
        Add("Instance", Instance);
        Add("Server", Server);
        Add("Amount", Amount);
        Add("Shift", Shift);
        return string.Join(", ", parts) + ")";

        void Add(string name, double value)
        {
            if (value != 0)
            {
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{name}: {value:0.###}"));
            }
        }
    }
}
