namespace HxFunctions.Cli.Commands;

/// <summary>Why a server gave no answer, in words that name no host.</summary>
internal static class RemoteFailures
{
    /// <summary>What keeps a request from being answered.</summary>
    /// <returns><see langword="null"/> when something answered, but not in HTTP.</returns>
    public static string? Unreachable(HttpRequestException exception) =>
        exception.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => "its host name does not resolve",
            HttpRequestError.SecureConnectionError => "TLS failed, or its certificate is not trusted",
            HttpRequestError.ConnectionError => "the connection was refused or failed",
            HttpRequestError.Unknown => "",
            _ => null,
        };
}
