namespace Microsoft.Azure.Functions.Worker;

/// <summary>Marks the parameter that receives the request. Stands in for the worker package's attribute of this name.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class HttpTriggerAttribute : Attribute
{
    /// <summary>Every method, at function level.</summary>
    public HttpTriggerAttribute()
    {
        AuthLevel = AuthorizationLevel.Function;
    }

    /// <summary>The methods given, at anonymous level: what the worker package does too.</summary>
    public HttpTriggerAttribute(params string[] methods)
    {
        Methods = methods;
    }

    /// <summary>Every method, at the level given.</summary>
    public HttpTriggerAttribute(AuthorizationLevel authLevel)
    {
        AuthLevel = authLevel;
    }

    /// <summary>The methods given, at the level given.</summary>
    public HttpTriggerAttribute(AuthorizationLevel authLevel, params string[] methods)
    {
        AuthLevel = authLevel;
        Methods = methods;
    }

    /// <summary>The route template below the route prefix; the function's name when absent.</summary>
    public string? Route { get; set; }

    /// <summary>The methods that the function answers; all when null or empty.</summary>
    public string[]? Methods { get; }

    /// <summary>The key that the caller must send.</summary>
    public AuthorizationLevel AuthLevel { get; }
}
