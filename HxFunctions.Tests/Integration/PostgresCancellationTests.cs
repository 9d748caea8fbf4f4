using System.Diagnostics;
using HxFunctions.Cli.Commands;
using HxFunctions.Cli.Demo;
using HxFunctions.Core;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Probing;
using HxFunctions.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HxFunctions.Tests.Integration;

/// <summary>What a probe that is given up costs the thread that gives it up.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class PostgresCancellationTests
{
    /// <remarks>
    /// Npgsql's cancel request waits for the server on the thread that cancels, here 2 s. That thread is one of the pool, which a small machine has two of:
    /// the guard's answers waited for it.
    /// </remarks>
    [Fact]
    public async Task Giving_up_a_probe_of_a_hung_server_keeps_no_thread_waiting()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        Settings settings = Settings.From(new Dictionary<string, string?>
        {
            [Variables.PgUrl] = server.Url,
            [Variables.PgTimeout] = "1",
            [Variables.EnableDbGuard] = "false",
        });
        await using ServiceProvider services = new ServiceCollection().AddLogging().AddHxFunctions(settings.Configuration).BuildServiceProvider();
        PostgresCheck check = services.GetRequiredService<PostgresCheck>();
        HealthCheckResult healthy = await check.CheckHealthAsync(new());
        Assert.Equal(HealthStatus.Healthy, healthy.Status);

        await server.HangAsync();
        using CancellationTokenSource deadline = new();
        Task<HealthCheckResult> hanging = check.CheckHealthAsync(new(), deadline.Token);
        await Eventually.NotEndedAsync(hanging);
        long cancelled = Stopwatch.GetTimestamp();
#pragma warning disable CA1849 // What it does on this thread is what is measured.
        deadline.Cancel();
#pragma warning restore CA1849
        TimeSpan took = Stopwatch.GetElapsedTime(cancelled);

        Assert.Equal(HealthStatus.Unhealthy, (await hanging).Status);
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }
}
