using System.CommandLine;
using System.Net;
using System.Text;
using System.Text.Json;
using HxFunctions.Cli.Serving;
using HxFunctions.Core.Configuration;

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
            if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            {
                return (ExitCode.Misuse, Refusal((int)response.StatusCode, call.Key));
            }

            using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
            // An open counts with 200 only, as for any gateway.
            bool believable =
                response.IsSuccessStatusCode
                || !(answer.RootElement.TryGetProperty("verdict", out JsonElement verdict) && verdict.ValueEquals("open"));
            if (believable && call.IsOurs(answer.RootElement))
            {
                return (read(answer.RootElement), null);
            }

            if (response.IsSuccessStatusCode || !answer.RootElement.TryGetProperty("detail", out JsonElement detail))
            {
                return (ExitCode.Negative, NotOurs);
            }

            return (ExitCode.Negative, $"the app answers {(int)response.StatusCode}. {GuardCommand.OneLine(detail.GetString())}".TrimEnd());
        }
        catch (Exception exception)
            when (!cancellationToken.IsCancellationRequested
                && exception
                    is HttpRequestException
                        or TaskCanceledException
                        or JsonException
                        or InvalidOperationException
                        or KeyNotFoundException
                        or FormatException
            )
        {
            return (ExitCode.Negative, Describe(exception));
        }
    }

    public void Dispose() => _client.Dispose();

    private string Refusal(int status, string needed) =>
        _target.Key is not null ? $"the app refuses the key ({status}): {Variables.RemoteKey}, or the variable that --key-env names, must hold {needed}."
        : _target.WhyNoKey is { } why ? $"the app asks for {needed} ({status}): {why}"
        : $"the app asks for {needed} ({status}): set {Variables.RemoteKey}, or name the variable that holds it with --key-env.";

    private static string Describe(Exception exception) =>
        exception switch
        {
            TaskCanceledException => $"the app did not answer within {Patience.TotalSeconds} s.",
            HttpRequestException failure when RemoteFailures.Unreachable(failure) is { } why => why.Length == 0
                ? "the app can't be reached."
                : $"the app can't be reached: {why}.",
            _ => NotOurs,
        };
}

/// <summary>What an app is asked.</summary>
/// <param name="Path">Relative to the app's base URL, encoded.</param>
/// <param name="Body">JSON, or <see langword="null"/>.</param>
/// <param name="Key">The key that it takes, in words.</param>
/// <param name="IsOurs">Whether an answer is HxFunctions's: many a server answers anything with 200 and some JSON.</param>
internal sealed record RemoteCall(HttpMethod Method, string Path, string? Body, string Key, Func<JsonElement, bool> IsOurs);
