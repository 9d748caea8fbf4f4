using HxFunctions.Core.Dependencies;
using HxFunctions.Servers;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Dependencies;

public sealed class ProbeHttpClientTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly FakeTimeProvider _time = new();
    private readonly Redactor _redactor = new(["127.0.0.1"]);
    private QdrantSimulator? _server;
    private FaultProxy? _proxy;
    private ProbeRun _run = new(TimeProvider.System, Deadline);

    public async Task InitializeAsync()
    {
        _server = await QdrantSimulator.StartAsync();
        _proxy = FaultProxy.Start(_server.Port);
    }

    public async Task DisposeAsync()
    {
        await _proxy!.DisposeAsync();
        await _server!.DisposeAsync();
    }

    [Fact]
    public async Task Connection_is_kept_for_less_than_an_interval_and_then_made_anew()
    {
        ProbeHttpClient client = Client();
        await AskAsync(client);
        await AskAsync(client);
        _time.Advance(TimeSpan.FromSeconds(26));
        await AskAsync(client);
        Assert.Equal(1, _proxy!.Accepted);
        Assert.DoesNotContain(_run.Steps, step => step.What.StartsWith("connect", StringComparison.Ordinal));

        _time.Advance(TimeSpan.FromSeconds(2));
        await AskAsync(client);
        Assert.Equal(2, _proxy.Accepted);
        Assert.Contains(_run.Steps, step => step.What == "connect to address 1 of 1");
    }

    [Fact]
    public async Task Open_connection_whose_packets_are_dropped_costs_a_third_of_the_deadline()
    {
        ProbeHttpClient client = new(TimeSpan.FromSeconds(30), TimeProvider.System, _redactor);
        await AskAsync(client);
        _proxy!.ForgetConnections();
        Assert.True((await AskAsync(client, TimeSpan.FromSeconds(3))).IsOk);
        Assert.Equal("GET, on the connection that was open", _run.Steps[0].What);
        Assert.True(_run.Steps[0].At >= TimeSpan.FromSeconds(0.95), $"{_run.Steps[0].At}");
        Assert.Equal(2, _proxy.Accepted);
    }

    [Fact]
    public async Task Open_connection_that_was_cut_is_replaced_before_anything_counts()
    {
        ProbeHttpClient client = Client();
        for (int i = 0; i < 20; i++)
        {
            await AskAsync(client);
            await _proxy!.SetAsync(i % 2 == 0 ? FaultMode.Reset : FaultMode.Refuse);
            await _proxy.SetAsync(FaultMode.Pass);
        }
    }

    [Fact]
    public async Task Refusal_on_an_open_connection_is_asked_once_more_and_one_on_a_fresh_connection_is_not()
    {
        ProbeHttpClient client = Client();
        await AskAsync(client);
        _server!.Mode = QdrantMode.NotReady;
        Assert.Equal(Reasons.NotReady, (await AskAsync(client)).Reason);
        Assert.Equal(3, _server.Requests("/collections"));

        Assert.Equal(Reasons.NotReady, (await AskAsync(client)).Reason);
        Assert.Equal(4, _server.Requests("/collections"));
        _server.Mode = QdrantMode.Healthy;
        Assert.True((await AskAsync(client)).IsOk);
    }

    [Fact]
    public async Task Failure_is_told_without_hosts_and_latency_is_that_of_the_answer()
    {
        ProbeHttpClient client = Client();
        _server!.Mode = QdrantMode.Slow;
        _server.Delay = TimeSpan.FromMilliseconds(300);
        await AskAsync(client);
        Assert.InRange(_run.Latency!.Value, TimeSpan.FromMilliseconds(290), Deadline);

        await _proxy!.SetAsync(FaultMode.Refuse);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => AskAsync(client));
        Assert.Contains(_run.Steps, step => step is { What: "connect to address 1 of 1", Found: Reasons.ConnectionRefused });
        Assert.DoesNotContain(_run.Steps, step => step.Found.Contains("127.0.0.1", StringComparison.Ordinal));
    }

    private ProbeHttpClient Client() => new(TimeSpan.FromSeconds(30), _time, _redactor);

    private Task<HttpFinding> AskAsync(ProbeHttpClient client, TimeSpan? deadline = null)
    {
        _run = new(TimeProvider.System, deadline ?? Deadline);
        return client.AskAsync(
            "GET",
            () => HttpCheck.Get(new Uri($"http://127.0.0.1:{_proxy!.Port}/collections")),
            (response, _) => Task.FromResult(HttpFailures.Judge(response.StatusCode)),
            _run,
            CancellationToken.None
        );
    }
}
