using System.Net.Http.Headers;
using System.Text.Json;

namespace HxFunctions.Cli.Demo;

/// <summary>One request after the other for each of some routes, at a steady pace, each route on its own.</summary>
internal sealed class SteadyTraffic : IAsyncDisposable
{
    /// <summary>From one request to the next; longer while an answer is.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient _client;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _loops;

    /// <param name="gateway">Where to send it.</param>
    /// <param name="routes">What to send, and who watches the answers.</param>
    public SteadyTraffic(Uri gateway, IReadOnlyList<RouteWatch> routes)
    {
        _client = new(
            new SocketsHttpHandler
            {
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
            }
        )
        {
            BaseAddress = gateway,
            Timeout = StandInGateway.Patience * 2,
        };
        Routes = routes;
        _loops = Task.WhenAll(routes.Select(route => Task.Run(() => RunAsync(route))));
    }

    public IReadOnlyList<RouteWatch> Routes { get; }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _loops;
        _client.Dispose();
        _ended.Dispose();
    }

    private async Task RunAsync(RouteWatch route)
    {
        using PeriodicTimer timer = new PeriodicTimer(Pace);
        try
        {
            do
            {
                route.Observe(await SendAsync(route));
            } while (await timer.WaitForNextTickAsync(_ended.Token));
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            // The end.
        }
    }

    private async Task<TrafficAnswer> SendAsync(RouteWatch route)
    {
        try
        {
            using HttpRequestMessage request = new HttpRequestMessage(route.Method, route.Path);
            using HttpResponseMessage response = await _client.SendAsync(request, _ended.Token);
            bool isProblem = response.Content.Headers.ContentType is { MediaType: "application/problem+json" };
            string? detail = isProblem ? Detail(await response.Content.ReadAsStringAsync(_ended.Token)) : null;
            return TrafficAnswer.Now((int)response.StatusCode, detail, Seconds(response.Headers.RetryAfter));
        }
        catch (Exception exception)
            when (!_ended.IsCancellationRequested && exception is HttpRequestException or OperationCanceledException or JsonException)
        {
            return TrafficAnswer.Now(0, "no answer", null);
        }
    }

    private static string? Detail(string problem)
    {
        using JsonDocument json = JsonDocument.Parse(problem);
        return json.RootElement.TryGetProperty("detail", out JsonElement detail) ? detail.GetString() : null;
    }

    private static int? Seconds(RetryConditionHeaderValue? retryAfter) => retryAfter?.Delta is { } delta ? (int)delta.TotalSeconds : null;
}
