using System.Diagnostics;
using HxFunctions.Cli.Demo;
using HxFunctions.Core.Probing;
using HxFunctions.Tests.Servers;
using Xunit.Abstractions;

namespace HxFunctions.Tests.Integration;

/// <summary>What a hung PostgreSQL costs everything else in the process.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class PostgresThreadsTests(ITestOutputHelper output)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(400);

    /// <summary>Npgsql's cancel request blocks the thread that cancels; on the thread pool of a small machine that would hold up the guard's answers.</summary>
    [Fact]
    public async Task Hung_server_keeps_no_thread_of_the_pool_waiting()
    {
        ThreadPool.GetMinThreads(out int workers, out int ports);
        ThreadPool.SetMinThreads(2, ports);
        try
        {
            await using PostgresServer server = await PostgresServer.StartAsync();
            await using ProbeRig rig = ProbeRig.Postgres(server.Url, ProbeRig.Short, "3");
            await rig.RecoversAsync();
            await server.HangAsync();
            using CancellationTokenSource over = new();
            Task<TimeSpan> slowest = Task.Factory.StartNew(() => SlowestStart(over.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            for (int i = 0; i < 4; i++) await rig.FailsAsync(Reasons.Timeout, Reasons.StillRunning);
            // What the probes left behind may wait longer than they did.
            await Task.Delay(TimeSpan.FromSeconds(1));
            await over.CancelAsync();

            output.WriteLine($"Work waited {(await slowest).TotalMilliseconds:0} ms at most for a thread.");
            Assert.InRange(await slowest, TimeSpan.Zero, LongestWait);
        }
        finally
        {
            ThreadPool.SetMinThreads(workers, ports);
        }
    }

    /// <summary>How long work waited at most until a thread of the pool took it.</summary>
    private static TimeSpan SlowestStart(CancellationToken over)
    {
        TimeSpan slowest = TimeSpan.Zero;
        while (!over.IsCancellationRequested)
        {
            long queued = Stopwatch.GetTimestamp();
            using ManualResetEventSlim begun = new();
            ThreadPool.UnsafeQueueUserWorkItem(static state => ((ManualResetEventSlim)state!).Set(), begun);
            begun.Wait(CancellationToken.None);
            if (Stopwatch.GetElapsedTime(queued) is var waited && waited > slowest) slowest = waited;
            Thread.Sleep(10);
        }

        return slowest;
    }
}
