using System.Net;
using HxFunctions.Cli.Commands;

namespace HxFunctions.Cli.Routes;

/// <summary>A document, or why there is none.</summary>
/// <param name="Fault">One line; <see langword="null"/> when there is a document.</param>
/// <param name="Code">The exit code that goes with the fault.</param>
internal sealed record OpenApiReading(OpenApiDocument? Document, string? Fault = null, int Code = ExitCode.Ok)
{
    public static OpenApiReading Misuse(string fault) => new(null, fault, ExitCode.Misuse);
}

/// <summary>Gets an OpenAPI document from a file or a server. Faults name neither hosts nor keys.</summary>
internal static class OpenApiSource
{
    private const int MaxMegabytes = OpenApiDocument.MaxLength / 1024 / 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task<OpenApiReading> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, useAsync: true);
            // By what comes rather than by the length: a pipe has none.
            using MemoryStream content = new();
            byte[] buffer = new byte[81920];
            while (await file.ReadAsync(buffer, cancellationToken) is > 0 and int count)
            {
                if (content.Length + count > OpenApiDocument.MaxLength)
                {
                    return OpenApiReading.Misuse($"the file that --openapi names is larger than {MaxMegabytes} MB.");
                }

                content.Write(buffer, 0, count);
            }

            return Parse(content.GetBuffer().AsMemory(0, (int)content.Length), "the file that --openapi names");
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return OpenApiReading.Misuse(
                exception switch
                {
                    FileNotFoundException or DirectoryNotFoundException => "the file that --openapi names does not exist.",
                    _ when Directory.Exists(path) => "--openapi names a folder; it must be a file, or an http or https URL.",
                    UnauthorizedAccessException => "the file that --openapi names can't be read: check its permissions.",
                    _ => "the file that --openapi names can't be read.",
                }
            );
        }
    }

    /// <param name="who">Who is asked, for the beginning of a sentence: the gateway, the server.</param>
    /// <param name="notFound">What to do when there is nothing.</param>
    public static async Task<OpenApiReading> FetchAsync(
        Uri address,
        string? key,
        string who,
        string notFound,
        CancellationToken cancellationToken
    )
    {
        // A redirect would take the key along to wherever it leads; a proxy would see it.
        using SocketsHttpHandler handler = new()
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
        };
        using HttpClient client = new(handler) { Timeout = Patience, MaxResponseContentBufferSize = OpenApiDocument.MaxLength };
        using HttpRequestMessage request = new(HttpMethod.Get, address);
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        }

        try
        {
            using HttpResponseMessage response = await client.SendAsync(request, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                return Refused((int)response.StatusCode, key is not null, who, notFound);
            }

            return Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken), $"what {who} sends");
        }
        catch (Exception exception)
            when (!cancellationToken.IsCancellationRequested && exception is HttpRequestException or TaskCanceledException or IOException)
        {
            return exception is HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded }
                ? OpenApiReading.Misuse($"{who} sends more than {MaxMegabytes} MB.")
                : new(null, Describe(exception, who), ExitCode.Negative);
        }
    }

    private static OpenApiReading Refused(int status, bool keyGiven, string who, string notFound) =>
        status switch
        {
            401 or 403 when keyGiven => OpenApiReading.Misuse(
                $"{who} refuses the key ({status}): check the variable that --key-env names."
            ),
            401 or 403 => OpenApiReading.Misuse($"{who} asks for a key ({status}): name the variable that holds the key with --key-env."),
            404 => OpenApiReading.Misuse(notFound),
            >= 300 and < 400 => OpenApiReading.Misuse(
                $"{who} redirects ({status}), which hx does not follow: use the URL that it redirects to."
            ),
            _ => new(null, $"{who} answers {status} instead of its OpenAPI document.", ExitCode.Negative),
        };

    private static OpenApiReading Parse(ReadOnlyMemory<byte> utf8, string what) =>
        OpenApiDocument.TryParse(utf8, out OpenApiDocument? document, out string? problem)
            ? new(document)
            : OpenApiReading.Misuse($"{what} {problem}.");

    private static string Describe(Exception exception, string who) =>
        exception switch
        {
            TaskCanceledException => $"{who} did not answer within {Patience.TotalSeconds} s.",
            HttpRequestException failure when RemoteFailures.Unreachable(failure) is { } why => why.Length == 0
                ? $"{who} can't be reached."
                : $"{who} can't be reached: {why}.",
            _ => $"{who} did not answer in HTTP, or closed the connection.",
        };
}
