using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Integration;

/// <summary>Keeps the guard in use on some instances: asks for a path over and over, and remembers the answers.</summary>
/// <remarks>Beside each goes a request that touches nothing: what that one takes is the machine's fault, not the guard's.</remarks>
internal sealed class Traffic : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(30);

    private readonly CancellationTokenSource _stop = new(Timeout.InfiniteTimeSpan);
    private readonly ConcurrentQueue<Seen> _answers = new();
    private readonly Task[] _asking;

    private Traffic(IEnumerable<HxInstance> instances, string path, string method) =>
        _asking = [.. instances.Select((instance, index) => Task.Run(() => AskAsync(instance, index, path, method)))];

    public IReadOnlyList<Seen> Answers => [.. _answers];

    /// <summary>Returns when every instance has opened the path: its first requests may have to wait for a check.</summary>
    public static async Task<Traffic> StartAsync(IReadOnlyList<HxInstance> instances, string path = "/v1/teams", string method = "POST")
    {
        foreach (HxInstance instance in instances)
        {
            await instance.UntilAsync(HttpStatusCode.OK, Fleet.Patience, path, method);
        }

        return new(instances, path, method);
    }

    /// <summary>Fails the test unless all answers up to now were open, and none took this much longer than one that touches
    /// nothing.</summary>
    public void AssertOpenAndQuick(TimeSpan longest)
    {
        Seen[] answers = [.. _answers];
        Assert.NotEmpty(answers);
        Assert.All(
            answers,
            a =>
                Assert.True(
                    a.Status == HttpStatusCode.OK && a.Took - a.Comparison <= longest,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{a.Status} after {a.Took.TotalMilliseconds:0} ms, the other {a.Comparison.TotalMilliseconds:0} ms: {a.Body}"
                    )
                )
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stop.IsCancellationRequested)
        {
            await _stop.CancelAsync();
        }

        await Task.WhenAll(_asking);
    }

    private async Task AskAsync(HxInstance instance, int index, string path, string method)
    {
        while (!_stop.IsCancellationRequested)
        {
            HxInstance.Answer[] both = await Task.WhenAll(instance.GuardAsync(path, method), instance.GetAsync("healthz/live"));
            _answers.Enqueue(new(index, both[0].Status, both[0].Took, both[1].Took, both[0].Body));
            await Task.Delay(Pause);
        }
    }

    /// <param name="Instance">Its place in the list that the traffic was started with.</param>
    internal sealed record Seen(int Instance, HttpStatusCode Status, TimeSpan Took, TimeSpan Comparison, string Body);
}
