namespace HxFunctions.Core.Dependencies;

/// <summary>What is held of a dependency. The order is from worst known to best, with <see cref="Unknown"/> outside it.</summary>
public enum DependencyStatus
{
    /// <summary>Not checked recently: there is no record, or it has expired or is unreadable.</summary>
    Unknown = 0,

    /// <summary>It can't be used.</summary>
    Fail = 1,

    /// <summary>It can be used in part, e.g. a PostgreSQL that refuses writes.</summary>
    Warn = 2,

    /// <summary>It can be used.</summary>
    Pass = 3,
}

internal static class DependencyStatusNames
{
    /// <summary>The wire name, as in <c>application/health+json</c>.</summary>
    public static string Wire(this DependencyStatus status) =>
        status switch
        {
            DependencyStatus.Pass => "pass",
            DependencyStatus.Warn => "warn",
            DependencyStatus.Fail => "fail",
            _ => "unknown",
        };

    public static DependencyStatus? FromWire(string? name) =>
        name switch
        {
            "pass" => DependencyStatus.Pass,
            "warn" => DependencyStatus.Warn,
            "fail" => DependencyStatus.Fail,
            "unknown" => DependencyStatus.Unknown,
            _ => null,
        };
}
