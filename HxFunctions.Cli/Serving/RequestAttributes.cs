namespace HxFunctions.Cli.Serving;

/// <summary>A request's method where values must be few: in the tags of spans and metrics.</summary>
internal static class RequestMethod
{
    /// <summary>The method if it is one of HTTP's, else <c>_OTHER</c>, for it is a word of the caller's.</summary>
    public static string OrOther(string method) =>
        method is "GET" or "HEAD" or "POST" or "PUT" or "PATCH" or "DELETE" or "OPTIONS" or "TRACE" or "CONNECT" ? method : "_OTHER";
}
