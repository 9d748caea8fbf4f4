namespace Microsoft.Azure.Functions.Worker;

/// <summary>Which key an HTTP function asks of its caller. Stands in for the worker package's type of this name.</summary>
public enum AuthorizationLevel
{
    /// <summary>None.</summary>
    Anonymous,

    /// <summary>A user token. No key grants it, so that only the master key opens it.</summary>
    User,

    /// <summary>A function key or the master key.</summary>
    Function,

    /// <summary>A system key. LocalHost has none, so that only the master key opens it.</summary>
    System,

    /// <summary>The master key.</summary>
    Admin,
}
