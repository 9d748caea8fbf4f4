using System.CommandLine;
using System.Net;
using System.Text;
using System.Text.Json;
using HxFunctions.Cli.LocalHost;

namespace HxFunctions.Cli.Commands;

/// <summary>The options of commands that can speak to a running function app instead of Redis.</summary>
internal sealed class RemoteOptions
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public Option<string?> Functions { get; } = new("--functions") { Description = "URL of a running function app, or of hx serve, to ask instead of Redis." };

    public Option<string?> KeyEnvironment { get; } = new("--key-env") { Description = "Name of the environment variable that holds its key." };

    public bool IsGiven(ParseResult parsed) => parsed.GetValue(Functions) is not null;

    /// <summary>Calls the app and hands its JSON answer on; what goes wrong is told in one line.</summary>
    public async Task<int> CallAsync(
        ParseResult parsed, HttpMethod method, string path, string? body, Func<JsonElement, int> print, CancellationToken cancellationToken)
    {
        TextWriter error = parsed.InvocationConfiguration.Error;
        async Task<int> FailAsync(string problem, int code)
        {
            await error.WriteLineAsync($"hx: {problem}").ConfigureAwait(false);
            return code;
        }

        if (!Uri.TryCreate(parsed.GetValue(Functions), UriKind.Absolute, out Uri? app) || app.Scheme is not ("http" or "https"))
            return await FailAsync("--functions must be an http or https URL.", ExitCode.Misuse).ConfigureAwait(false);
        string? variable = parsed.GetValue(KeyEnvironment);
        string? key = variable is null ? null : Environment.GetEnvironmentVariable(variable);
        if (variable is not null && string.IsNullOrEmpty(key))
            return await FailAsync("the environment variable that --key-env names is not set.", ExitCode.Misuse).ConfigureAwait(false);

        using HttpClientHandler handler = new() { AllowAutoRedirect = false };
        using HttpClient client = new(handler) { Timeout = Patience };
        using HttpRequestMessage request = new(method, new Uri(new Uri(app.AbsoluteUri.TrimEnd('/') + "/"), path));
        if (key is not null) request.Headers.TryAddWithoutValidation(HostKeys.Header, key);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        try
        {
            using HttpResponseMessage response = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                return await FailAsync("the app refuses the key (401): name the variable that holds it with --key-env.", ExitCode.Misuse).ConfigureAwait(false);
            using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false));
            if (answer.RootElement.TryGetProperty("verdict", out _) || response.IsSuccessStatusCode) return print(answer.RootElement);
            string detail = answer.RootElement.TryGetProperty("detail", out JsonElement d) ? d.GetString() ?? "" : "";
            return await FailAsync($"the app answers {(int)response.StatusCode}. {GuardCommand.OneLine(detail)}".TrimEnd(), ExitCode.Negative).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or JsonException or InvalidOperationException)
        {
            string problem = exception switch
            {
                TaskCanceledException => $"the app did not answer within {Patience.TotalSeconds} s.",
                HttpRequestException => "the app can't be reached.",
                _ => "what answers there is not HxFunctions.",
            };
            return await FailAsync(problem, ExitCode.Negative).ConfigureAwait(false);
        }
    }
}
