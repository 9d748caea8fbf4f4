namespace HxFunctions.Core.Http;

/// <summary>Which key an endpoint asks its caller for. The Functions host checks keys itself; <c>hx serve</c> checks
/// <c>WRAPPER_KEYS</c>.</summary>
public enum AccessLevel
{
    /// <summary>None.</summary>
    Anonymous,

    /// <summary>A function key, a host key or the master key.</summary>
    Function,

    /// <summary>The master key.</summary>
    Admin,
}
