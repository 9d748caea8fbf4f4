using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;
using HxFunctions.SystemTests.Gateways;
using HxFunctions.SystemTests.Integration;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Notifications;

/// <summary>A fleet, a real Redis and a real receiver.</summary>
[Collection(ServersCollection.Name)]
public sealed partial class FleetNotificationTests(RedisFixture redis) : IAsyncLifetime
{
    private readonly ConcurrentQueue<string> _told = new();
    private readonly TaskCompletionSource _never = new();
    private StandInServer? _receiver;
    private bool _hangs;

    public async Task InitializeAsync()
    {
        _receiver = await StandInServer.StartAsync();
        _receiver.Answer = async context =>
        {
            using StreamReader reader = new(context.Request.Body);
            _told.Enqueue(await reader.ReadToEndAsync());
            if (_hangs)
            {
                await _never.Task.WaitAsync(context.RequestAborted);
            }
        };
    }

    public async Task DisposeAsync()
    {
        _never.TrySetResult();
        await _receiver!.DisposeAsync();
    }

    [Fact]
    public async Task Fleet_tells_of_each_transition_once()
    {
        SharedCheck local = new();
        await using HxInstance one = await StartAsync(local);
        await using HxInstance two = await StartAsync(local);
        await Task.WhenAll(
            one.UntilAsync(HttpStatusCode.OK, Fleet.Patience, "/v1/teams"),
            two.UntilAsync(HttpStatusCode.OK, Fleet.Patience, "/v1/teams")
        );

        local.IsDown = true;
        await BothAsync(one, two, HttpStatusCode.ServiceUnavailable);
        local.IsDown = false;
        await BothAsync(one, two, HttpStatusCode.OK);
        await Eventually.TrueAsync(() => _told.Count >= 2);
        Assert.Equal(
            [
                "local went down at TIME UTC: switched_off. It is needed by /v1/keys, /v1/teams.",
                "local came up again at TIME UTC. It is needed by /v1/keys, /v1/teams.",
            ],
            _told.Select(body => Moment().Replace(TextOf(body), "TIME"))
        );
    }

    [Fact]
    public async Task Receiver_that_hangs_delays_no_verdict()
    {
        _hangs = true;
        SharedCheck local = new();
        await using HxInstance hx = await StartAsync(local);
        await hx.UntilAsync(HttpStatusCode.OK, Fleet.Patience, "/v1/teams");
        foreach (HttpStatusCode status in new[] { HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable })
        {
            local.IsDown = status == HttpStatusCode.ServiceUnavailable;
            await hx.UntilAsync(status, Fleet.Patience, "/v1/teams");
        }

        // Still busy with the first.
        Assert.Single(_told);
    }

    private Task<HxInstance> StartAsync(SharedCheck local) =>
        HxInstance.StartAsync(
            Fleet.Variables(redis.Server.Url, ("HX_NAMESPACE", "told"), ("NOTIFY_URL", _receiver!.Url + "/hook")),
            local.AddTo
        );

    private static async Task BothAsync(HxInstance one, HxInstance two, HttpStatusCode status) =>
        await Task.WhenAll(one.UntilAsync(status, Fleet.Patience, "/v1/teams"), two.UntilAsync(status, Fleet.Patience, "/v1/teams"));

    private static string TextOf(string body) =>
        System.Text.Json.JsonDocument.Parse(body).RootElement.GetProperty("data").GetProperty("text").GetString()!;

    [GeneratedRegex("[0-9]{2}:[0-9]{2}:[0-9]{2}")]
    private static partial Regex Moment();
}
