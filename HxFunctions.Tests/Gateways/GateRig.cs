using HxFunctions.AspNetCore;
using HxFunctions.Tests.Servers;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Gateways;

/// <summary>A gate before a guard that the test plays, in time that the test turns.</summary>
internal sealed class GateRig : IDisposable
{
    public static readonly GuardQuestion Model = new("POST", "/v1/chat/completions");

    private readonly GuardClient _client;

    public GateRig(Action<HxGuardOptions>? configure = null)
    {
        HxGuardOptions options = new() { Url = "http://guard.example" };
        configure?.Invoke(options);
        _client = new(options, Time, Guard);
        IHostEnvironment environment = new HostingEnvironment { ContentRootPath = AppContext.BaseDirectory };
        Gate = new(_client, new(Time, Log), Time, Options.Create(options), environment);
    }

    public GuardStub Guard { get; } = new();

    public FakeTimeProvider Time { get; } = new();

    public FakeLogger<GuardContact> Log { get; } = new();

    public GuardGate Gate { get; }

    public int Asked => Guard.All.Count;

    /// <summary>The time that the test turns doesn't end the wait for a guard that never answers.</summary>
    public async Task<Passage> DecideAsync(GuardQuestion? question = null) =>
        (await Gate.DecideAsync(question ?? Model, CancellationToken.None).AsTask().WaitAsync(Eventually.Patience)).Passage;

    public void Pass(double seconds) => Time.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>Returns when the question in the background has its answer, and the gate has taken note.</summary>
    public async Task SettledAsync(int asked)
    {
        await Eventually.TrueAsync(() => Asked == asked && Guard.UnderWay == 0);
        await Eventually.TrueAsync(() => Gate.InBackground == 0);
    }

    public void Dispose() => _client.Dispose();
}
