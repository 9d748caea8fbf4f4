using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Worker;

/// <summary>Functions that fail. None of the app's does by itself, so the host of these tests asks for what a host never asks
/// for.</summary>
public sealed class WorkerFailureTests
{
    private const string Failed = "Snapshot failed: ";

    /// <summary>An empty 200, which the worker would answer by itself, is how a guard says open.</summary>
    [Fact]
    public async Task Function_without_an_answer_is_answered_500()
    {
        await using PlayedHost host = await PlayedHost.StartAsync(new Dictionary<string, string?>());
        WorkerFunction function = await host.LoadForHttpAsync(TimerOf(host));

        WorkerAnswer answer = await host.SendToAsync(function, "GET", "/healthz/live");

        Assert.Equal((500, "", "no-store"), (answer.Status, answer.Body, answer.Headers["Cache-Control"]));
        Assert.False(answer.Succeeded);
        Assert.StartsWith(Failed, answer.Result.Exception.Message, StringComparison.Ordinal);
    }

    /// <summary>The exception itself, with whatever a driver put into it and into inner ones, stays in the process.</summary>
    [Fact]
    public async Task Function_that_throws_fails_with_the_redacted_text_in_the_log_of_the_host()
    {
        const string Secret = "made-up-password-of-tests";
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using PlayedHost host = await PlayedHost.StartAsync(WorkerSettings.With(qdrant, ("QDRANT_API_KEY", Secret)));

        // The text is in the exception of the JSON that can't be read.
        Protocol.StatusResult result = await host.FireAsync(TimerOf(host), $"{{\"{Secret}\":tru}}");

        Assert.Equal(Protocol.StatusResult.Types.Status.Failure, result.Status);
        Assert.StartsWith(Failed, result.Exception.Message, StringComparison.Ordinal);
        HostLogLine told = await host.Log.UntilAsync(line => line.Text.Contains(Failed, StringComparison.Ordinal));
        Assert.Equal(("Error", true), (told.Level, told.IsKept));
        Assert.DoesNotContain(Secret, $"{host.Log}{result}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_that_the_server_refuses_is_the_callers_fault_and_no_failure()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using PlayedHost host = await PlayedHost.StartAsync(WorkerSettings.With(qdrant));

        using RawRequest request = await RawRequest.BeginAsync(host, "POST", "/override", "Transfer-Encoding: chunked");
        await request.WriteAsync("this is no chunk\r\n");

        Assert.StartsWith("HTTP/1.1 400", await request.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
        Assert.Equal(Protocol.StatusResult.Types.Status.Success, (await request.Invocation.Response).Result.Status);
    }

    private static WorkerFunction TimerOf(PlayedHost host) => host.Functions.Single(function => function.Trigger == "timerTrigger");
}
