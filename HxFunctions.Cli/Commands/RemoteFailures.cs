namespace HxFunctions.Cli.Commands;

/// <summary>Why a server gave no answer, or another one than expected, in words that name no host.</summary>
internal static class RemoteFailures
{
    /// <summary>What keeps a request from being answered.</summary>
    /// <returns><see langword="null"/> when something is there, but its answer is not HTTP, or ended early.</returns>
    public static string? Unreachable(HttpRequestException exception) =>
        exception.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => "its host name does not resolve",
            HttpRequestError.SecureConnectionError => "TLS failed, or its certificate is not trusted",
            HttpRequestError.ConnectionError => "the connection was refused or failed",
            // A connection that was there, and is reset.
            HttpRequestError.Unknown when exception.InnerException is IOException => null,
            HttpRequestError.Unknown => "",
            _ => null,
        };

    /// <summary>Whether a request can't have reached the server: there was no connection to send it on.</summary>
    public static bool IsBeforeSending(Exception exception) =>
        exception
            is HttpRequestException
            {
                HttpRequestError: HttpRequestError.NameResolutionError
                    or HttpRequestError.SecureConnectionError
                    or HttpRequestError.ConnectionError
            };

    /// <summary>What to look at when a running app's URL answers with a status that isn't HxFunctions's own: somebody else answers, in
    /// front of the app or in its place. 401 is not told here: both hosts answer a wrong key with it.</summary>
    /// <param name="url">The URL, for a sentence: the option's name.</param>
    /// <remarks>403 is App Service's answer for an app that is stopped or out of its quota
    /// (https://learn.microsoft.com/archive/blogs/waws/azure-web-apps-error-403-this-web-app-is-stopped), and for an access
    /// restriction.</remarks>
    public static string Meaning(int status, string url) =>
        status switch
        {
            >= 300 and < 400 => "a redirect, which hx does not follow: use the URL that it redirects to",
            403 => "something in front of the app refuses; is it stopped, or does a network rule keep this machine out?",
            404 => $"is {url} the app's base URL, without /api unless its host.json says so?",
            429 => "something in front of the app limits requests: try again later",
            502 or 504 => "something in front of the app does not reach it: is it running?",
            503 => "the app is starting, stopped or overloaded: see its log",
            _ => "see the function app's log",
        };
}
