using System.CommandLine;
using System.Net;
using System.Text;
using System.Text.Json;
using HxFunctions.Cli.LocalHost;

namespace HxFunctions.Cli.Commands;

/// <summary>The options of commands that can speak to a running function app instead of Redis.</summary>
internal sealed class RemoteOptions
{
    private const string NotOurs = "what answers there is not HxFunctions.";
    private const int LongestAnswer = 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public Option<string?> Functions { get; } = new("--functions") { Description = "URL of a running function app, or of hx serve, to ask instead of Redis." };

    public Option<string?> KeyEnvironment { get; } = new("--key-env") { Description = "Name of the environment variable that holds its key." };

    public bool IsGiven(ParseResult parsed) => parsed.GetValue(Functions) is not null;

    /// <summary>Calls the app and hands its JSON answer on; what goes wrong is told in one line.</summary>
    public async Task<int> CallAsync(ParseResult parsed, RemoteCall call, Func<JsonElement, int> print, CancellationToken cancellationToken)
    {
        TextWriter error = parsed.InvocationConfiguration.Error;
        async Task<int> FailAsync(string said, int code)
        {
            await error.WriteLineAsync($"hx: {said}").ConfigureAwait(false);
            return code;
        }

        if (!RemoteTarget.TryRead("--functions", "the app's", parsed.GetValue(Functions), "--key-env", parsed.GetValue(KeyEnvironment), out RemoteTarget? app, out string? problem))
            return await FailAsync(problem, ExitCode.Misuse).ConfigureAwait(false);

        using HttpClientHandler handler = new() { AllowAutoRedirect = false };
        using HttpClient client = new(handler) { Timeout = Patience, MaxResponseContentBufferSize = LongestAnswer };
        using HttpRequestMessage request = new(call.Method, new Uri(app.Base, call.Path));
        if (app.Key is not null) request.Headers.TryAddWithoutValidation(HostKeys.Header, app.Key);
        if (call.Body is not null) request.Content = new StringContent(call.Body, Encoding.UTF8, "application/json");
        try
        {
            using HttpResponseMessage response = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                return await FailAsync(Refusal((int)response.StatusCode, app.Key is not null, call.Key), ExitCode.Misuse).ConfigureAwait(false);
            using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false));
            // An open counts with 200 only, as for any gateway.
            bool believable = response.IsSuccessStatusCode || !(answer.RootElement.TryGetProperty("verdict", out JsonElement verdict) && verdict.ValueEquals("open"));
            if (believable && call.IsOurs(answer.RootElement)) return print(answer.RootElement);
            if (response.IsSuccessStatusCode || !answer.RootElement.TryGetProperty("detail", out JsonElement detail))
                return await FailAsync(NotOurs, ExitCode.Negative).ConfigureAwait(false);
            return await FailAsync($"the app answers {(int)response.StatusCode}. {GuardCommand.OneLine(detail.GetString())}".TrimEnd(), ExitCode.Negative).ConfigureAwait(false);
        }
        catch (Exception exception) when (
            !cancellationToken.IsCancellationRequested && exception is HttpRequestException or TaskCanceledException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return await FailAsync(Describe(exception), ExitCode.Negative).ConfigureAwait(false);
        }
    }

    private static string Refusal(int status, bool keyGiven, string needed) => keyGiven
        ? $"the app refuses the key ({status}): the variable that --key-env names must hold {needed}."
        : $"the app asks for {needed} ({status}): name the variable that holds it with --key-env.";

    private static string Describe(Exception exception) => exception switch
    {
        TaskCanceledException => $"the app did not answer within {Patience.TotalSeconds} s.",
        HttpRequestException failure when RemoteFailures.Unreachable(failure) is { } why => why.Length == 0 ? "the app can't be reached." : $"the app can't be reached: {why}.",
        _ => NotOurs,
    };
}

/// <summary>What an app is asked.</summary>
/// <param name="Path">Relative to the app's base URL, encoded.</param>
/// <param name="Body">JSON, or <see langword="null"/>.</param>
/// <param name="Key">The key that it takes, in words.</param>
/// <param name="IsOurs">Whether an answer is HxFunctions's: many a server answers anything with 200 and some JSON.</param>
internal sealed record RemoteCall(HttpMethod Method, string Path, string? Body, string Key, Func<JsonElement, bool> IsOurs);
