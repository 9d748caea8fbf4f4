using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using HxFunctions.Cli.Commands;
using HxFunctions.Cli.Serving;
using HxFunctions.Core.Snapshots;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.Tests.Serving;

/// <summary>What <c>hx serve</c> runs, in the tests' process: the whole product behind its HTTP surface.</summary>
internal sealed class HxInstance : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client;

    private HxInstance(WebApplication app)
    {
        _app = app;
        _client = new() { BaseAddress = app.GetBoundAddress(), Timeout = TimeSpan.FromSeconds(30) };
    }

    /// <summary>Shown every answer. Null: nobody looks.</summary>
    public Action<Answer>? Seen { get; set; }

    public Uri Address => _client.BaseAddress!;

    public IServiceProvider Services => _app.Services;

    public HealthSnapshot Snapshot => Services.GetRequiredService<SnapshotBoard>().Current;

    /// <param name="variables">Environment variables; host and port are set here.</param>
    public static async Task<HxInstance> StartAsync(IReadOnlyDictionary<string, string?> variables, Action<IServiceCollection>? more = null)
    {
        Dictionary<string, string?> all = new(variables) { ["WRAPPER_HOST"] = "127.0.0.1", ["WRAPPER_PORT"] = "0" };
        all.TryAdd("WRAPPER_LOG_LEVEL", "WARNING");
        WebApplication app = ServeCommand.Build(Settings.From(all), more);
        await app.StartAsync();
        return new(app);
    }

    public async Task<Answer> GetAsync(string path, HttpMethod? method = null, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(method ?? HttpMethod.Get, path);
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await SendAsync(request);
    }

    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        long started = Stopwatch.GetTimestamp();
        using HttpResponseMessage response = await _client.SendAsync(request);
        string body = await response.Content.ReadAsStringAsync();
        Answer answer = new(
            response.StatusCode,
            body,
            Stopwatch.GetElapsedTime(started),
            response.Headers.RetryAfter?.Delta,
            response.ToString()
        );
        Seen?.Invoke(answer);
        return answer;
    }

    /// <summary>Asks the guard; a write unless said otherwise.</summary>
    public Task<Answer> GuardAsync(string path = "/v1/keys", string method = "POST") =>
        GetAsync($"guard?path={Uri.EscapeDataString(path)}&method={method}");

    /// <summary>Asks the guard over and over until it answers so.</summary>
    /// <returns>How long it took, and the slowest answer on the way.</returns>
    public async Task<(TimeSpan Took, TimeSpan Slowest)> UntilAsync(
        HttpStatusCode expected,
        TimeSpan patience,
        string path = "/v1/keys",
        string method = "POST"
    )
    {
        long started = Stopwatch.GetTimestamp();
        TimeSpan slowest = TimeSpan.Zero;
        while (true)
        {
            Answer answer = await GuardAsync(path, method);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
            if (answer.Took > slowest)
            {
                slowest = answer.Took;
            }

            if (answer.Status == expected)
            {
                return (elapsed, slowest);
            }

            if (elapsed > patience)
            {
                throw new TimeoutException(
                    string.Create(CultureInfo.InvariantCulture, $"Still {answer.Status} after {elapsed.TotalSeconds:0.0} s: {answer.Body}")
                );
            }

            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    /// <param name="Head">Status line and headers as text.</param>
    internal sealed record Answer(HttpStatusCode Status, string Body, TimeSpan Took, TimeSpan? RetryAfter, string Head)
    {
        public JsonElement Json => JsonDocument.Parse(Body).RootElement.Clone();
    }
}

internal static class HxInstanceServices
{
    /// <summary>As when the Functions host's timer listener has died: nothing is checked but by use.</summary>
    public static void WithoutTimer(this IServiceCollection services)
    {
        Func<IServiceProvider, SnapshotTimerService> timer = SnapshotTimerService.Create;
        ServiceDescriptor registered = Assert.Single(services, service => service.ImplementationFactory?.Method == timer.Method);
        services.Remove(registered);
    }
}
