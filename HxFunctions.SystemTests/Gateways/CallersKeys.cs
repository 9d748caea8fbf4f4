namespace HxFunctions.SystemTests.Gateways;

/// <summary>Where callers of LiteLLM put their keys: none of them is the guard's business.</summary>
internal static class CallersKeys
{
    /// <summary>LiteLLM's <c>SpecialHeaders</c> (litellm/proxy/_types.py) that hold a key. x-mcp-servers and x-mcp-access-groups hold
    /// names.</summary>
    public static readonly string[] Headers =
    [
        "Authorization",
        "API-Key",
        "x-api-key",
        "x-goog-api-key",
        "Ocp-Apim-Subscription-Key",
        "x-litellm-api-key",
        "x-mcp-auth",
    ];
}
