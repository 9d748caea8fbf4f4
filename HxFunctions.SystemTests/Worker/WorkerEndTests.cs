using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;

namespace HxFunctions.SystemTests.Worker;

/// <summary>How the app ends: by the host's word, or by the platform's signal.</summary>
public sealed class WorkerEndTests
{
    private const string Body = """{"verdict":"closed","durationSeconds":60,"reason":"test"}""";

    [Theory]
    [InlineData("WorkerTerminate")]
    [InlineData("SIGTERM")]
    public async Task Request_under_way_is_answered_before_the_process_ends(string by)
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using PlayedHost host = await PlayedHost.StartAsync(WorkerSettings.With(qdrant));
        using RawRequest request = await RawRequest.BeginAsync(
            host,
            "POST",
            "/override",
            $"Content-Length: {Body.Length}",
            "Expect: 100-continue"
        );
        // The server asks for the body when the function begins to read it.
        await request.ReadUntilAsync("100 Continue\r\n\r\n");

        if (by == "SIGTERM")
        {
            host.Process.Signal(ProcessTree.Terminate);
        }
        else
        {
            await host.TerminateAsync();
        }

        await Listening.UntilRefusedAsync(host.Address);
        await request.WriteAsync(Body);

        string answer = await request.ReadUntilAsync("}}");
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Contains("\"verdict\":\"closed\"", answer, StringComparison.Ordinal);
        Assert.Equal(0, await host.Process.Ended.WaitAsync(PlayedHost.Patience));
    }

    /// <summary>A host that restarts cancels its timers' runs. An exception in the log would be an alarm for nothing.</summary>
    [Fact]
    public async Task Run_of_the_timer_that_the_host_cancels_ends_without_an_error()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        qdrant.Mode = QdrantMode.Hang;
        await using PlayedHost host = await PlayedHost.StartAsync(WorkerSettings.With(qdrant));

        Invocation run = host.Fire(host.Functions.Single(function => function.Trigger == "timerTrigger"));
        Assert.NotSame(run.Response, await Task.WhenAny(run.Response, Task.Delay(TimeSpan.FromSeconds(1))));
        await host.CancelAsync(run);

        Protocol.InvocationResponse ended = await run.Response;
        Assert.NotEqual(Protocol.StatusResult.Types.Status.Failure, ended.Result.Status);
        Assert.DoesNotContain(host.Log.Lines, line => line.Level is "Error" or "Critical");
    }
}
