using System.CommandLine;
using System.Net;
using System.Text;
using System.Text.Json;
using HxFunctions.Cli.Serving;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Http;

namespace HxFunctions.Cli.Commands;

/// <summary>The options of commands that can speak to a running function app instead of Redis.</summary>
internal sealed class RemoteOptions
{
    public Option<string?> Functions { get; } =
        new("--functions")
        {
            HelpName = "url",
            Description = $"URL of a running function app or hx serve, to ask instead of Redis. Default: {Variables.RemoteUrl}.",
        };

    public Option<string?> KeyEnvironment { get; } =
        new("--key-env")
        {
            HelpName = "variable",
            Description = $"Name of the environment variable that holds its key. Default: {Variables.RemoteKey}.",
        };

    /// <summary>The option's, or the environment's; <see langword="null"/>: neither.</summary>
    public string? Url(ParseResult parsed) => parsed.GetValue(Functions) ?? RemoteDefaults.Url;

    /// <summary>What is wrong with the options of a command that asks Redis where it has no URL; <see langword="null"/>: nothing.</summary>
    public string? Problem(ParseResult parsed) =>
        parsed.GetValue(KeyEnvironment) is not null && Url(parsed) is null
            ? $"--key-env only works with a URL: give --functions, or set {Variables.RemoteUrl}."
            : null;

    /// <summary>Calls the app and hands its JSON answer on; what goes wrong is told in one line.</summary>
    public async Task<int> CallAsync(
        ParseResult parsed,
        OutputOptions format,
        string url,
        RemoteCall call,
        Func<JsonElement, int> print,
        CancellationToken cancellationToken
    )
    {
        using RemoteApp? app = Open(parsed, url, out string? problem);
        if (app is null)
        {
            return await format.FailAsync(parsed, ExitCode.Misuse, problem);
        }

        (int code, string? fault) = await Waiting.ShowAsync(
            parsed.InvocationConfiguration.Error,
            "Asking the app",
            app.AskAsync(call, print, cancellationToken)
        );
        return fault is null ? code : await format.FailAsync(parsed, code, fault);
    }

    /// <summary>The app that is meant, not asked yet; <see langword="null"/> when the options are wrong.</summary>
    public RemoteApp? Open(ParseResult parsed, string url, out string problem)
    {
        bool isRight = RemoteDefaults.TryReadApp(
            parsed.GetValue(Functions),
            url,
            "--key-env",
            parsed.GetValue(KeyEnvironment),
            out RemoteTarget? app,
            out string? wrong
        );
        problem = wrong ?? "";
        return isRight ? new(app!) : null;
    }
}

/// <summary>A running function app, or hx serve.</summary>
internal sealed class RemoteApp : IDisposable
{
    private const string NotOurs = "the server there is not HxFunctions.";
    private const int MaxAnswerLength = 4 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client;
    private readonly RemoteTarget _target;

    public RemoteApp(RemoteTarget target)
    {
        // HTTP_PROXY has no exception for this machine in .NET: a container's health check would ask the proxy for the container, and
        // the proxy would see the key.
        _client = new(
            new SocketsHttpHandler
            {
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
            }
        )
        {
            Timeout = Patience,
            MaxResponseContentBufferSize = MaxAnswerLength,
        };
        _target = target;
    }

    /// <summary>Asks, and reads the answer.</summary>
    /// <param name="read">Reads an answer of HxFunctions's, and gives the exit code.</param>
    /// <returns>The exit code, and what went wrong in one line, if anything did.</returns>
    public async Task<(int Code, string? Fault)> AskAsync(RemoteCall call, Func<JsonElement, int> read, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(call.Method, new Uri(_target.Base, call.Path));
        if (_target.Key is not null)
        {
            request.Headers.TryAddWithoutValidation(HostKeys.Header, _target.Key);
        }

        if (call.Body is not null)
        {
            request.Content = new StringContent(call.Body, Encoding.UTF8, "application/json");
        }

        try
        {
            using HttpResponseMessage response = await _client.SendAsync(request, cancellationToken);
            if (response.StatusCode == HttpStatusCode.Unauthorized)
            {
                return (ExitCode.Misuse, Refusal(call.Key));
            }

            string body = await response.Content.ReadAsStringAsync(cancellationToken);
            return Read(body, response, call, read) ?? (ExitCode.Negative, DescribeForeign(response, call));
        }
        catch (Exception exception)
            when (!cancellationToken.IsCancellationRequested && exception is HttpRequestException or TaskCanceledException)
        {
            string lost = RemoteFailures.IsBeforeSending(exception) ? "" : call.IfLost;
            return (ExitCode.Negative, $"{Describe(exception)} {lost}".TrimEnd());
        }
    }

    public void Dispose() => _client.Dispose();

    /// <returns><see langword="null"/>: the answer is not HxFunctions's.</returns>
    private static (int Code, string? Fault)? Read(string body, HttpResponseMessage response, RemoteCall call, Func<JsonElement, int> read)
    {
        try
        {
            using JsonDocument answer = JsonDocument.Parse(body);
            // An open counts with 200 only, as for any gateway.
            bool believable =
                response.IsSuccessStatusCode
                || !(answer.RootElement.TryGetProperty("verdict", out JsonElement verdict) && verdict.ValueEquals("open"));
            if (believable && call.IsOurs(answer.RootElement))
            {
                return (read(answer.RootElement), null);
            }

            return !response.IsSuccessStatusCode && ProblemOf(answer.RootElement) is { } detail
                ? (ExitCode.Negative, $"the app answers {(int)response.StatusCode}. {detail}")
                : null;
        }
        catch (Exception exception)
            when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    /// <summary>What the app says is wrong; others have such a member, too.</summary>
    private static string? ProblemOf(JsonElement answer) =>
        answer.TryGetProperty("type", out JsonElement type)
        && type.GetString()?.StartsWith(ProblemAnswer.TypePrefix, StringComparison.Ordinal) == true
        && answer.TryGetProperty("detail", out JsonElement detail)
            ? GuardCommand.OneLine(detail.GetString())
            : null;

    private static string DescribeForeign(HttpResponseMessage response, RemoteCall call)
    {
        int status = (int)response.StatusCode;
        if (response.IsSuccessStatusCode)
        {
            return NotOurs;
        }

        string meaning = RemoteFailures.Meaning(status, "that");
        string sentence = $"the server there answers {status}: {meaning}{(meaning.EndsWith('?') ? "" : ".")}";
        // Below 500 nobody passed it on. Above, the app may have had it, and its answer is what got lost.
        return $"{sentence} {(status >= 500 ? call.IfLost : "")}".TrimEnd();
    }

    private string Refusal(string needed) =>
        _target.Key is not null
            ? $"the app refuses the key (401): {Variables.RemoteKey}, or the variable that --key-env names, must hold {needed}."
        : _target.WhyNoKey is { } why ? $"the app asks for {needed} (401): {why}"
        : $"the app asks for {needed} (401): set {Variables.RemoteKey}, or name the variable that holds it with --key-env.";

    private static string Describe(Exception exception) =>
        exception switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => NotOurs,
            HttpRequestException failure => RemoteFailures.Unreachable(failure) switch
            {
                null => "the server there does not speak HTTP, or closed the connection.",
                "" => "the app can't be reached.",
                var why => $"the app can't be reached: {why}.",
            },
            _ => $"the app did not answer within {Patience.TotalSeconds} s.",
        };
}

/// <summary>What an app is asked.</summary>
/// <param name="Path">Relative to the app's base URL, encoded.</param>
/// <param name="Body">JSON, or <see langword="null"/>.</param>
/// <param name="Key">The key that it takes, in words.</param>
/// <param name="IsOurs">Whether an answer is HxFunctions's: many a server answers anything with 200 and some JSON.</param>
internal sealed record RemoteCall(HttpMethod Method, string Path, string? Body, string Key, Func<JsonElement, bool> IsOurs)
{
    /// <summary>What to do if it was sent, and the answer is lost; empty: to ask again changes nothing.</summary>
    public string IfLost { get; init; } = "";
}
