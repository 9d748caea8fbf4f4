using HxFunctions.Cli.Serving;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Serving;

public class ConnectionLimitTests
{
    private const long MiB = 1024 * 1024;

    [Theory]
    [InlineData(null, 16_384, 26_214, "memory")]
    [InlineData(1024, 16_384, 704, "open files is 1024")]
    [InlineData(20_000, 16_384, 19_680, "open files is 20000")]
    [InlineData(20_000, 112, 179, "112 MB of memory")]
    [InlineData(384, 112, 64, "open files is 384")]
    [InlineData(64, 112, 64, "open files is 64")]
    [InlineData(null, 1, 64, "1 MB of memory")]
    public void Count_leaves_descriptors_and_memory_for_the_rest(int? openFiles, long memory, int count, string cause)
    {
        ConnectionLimit limit = ConnectionLimit.For(openFiles, memory * MiB);
        Assert.Equal(count, limit.Count);
        Assert.Contains(cause, limit.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void This_process_has_a_limit_that_can_be_read()
    {
        Assert.True(!OperatingSystem.IsLinux() || OpenFiles.Limit() is null or > 0);
        Assert.InRange(ConnectionLimit.OfThisProcess().Count, ConnectionLimit.Least, int.MaxValue);
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_closed_and_told_once_a_minute()
    {
        FakeTimeProvider time = new();
        FakeLogger logger = new();
        ConnectionGate gate = new(2, time, logger);
        TaskCompletionSource leave = new();
        int entered = 0;
        Task Enter() =>
            gate.RunAsync(
                new DefaultConnectionContext(),
                _ =>
                {
                    entered++;
                    return leave.Task;
                }
            );
        Task[] open = [Enter(), Enter()];
        await Enter();
        await Enter();
        await Enter();
        Assert.Equal(2, entered);
        Assert.Equal(["Closed 1 new connections: 2 are open, which is the limit."], Messages(logger));

        time.Advance(TimeSpan.FromMinutes(1));
        await Enter();
        Assert.Equal("Closed 3 new connections: 2 are open, which is the limit.", Messages(logger)[^1]);

        leave.SetResult();
        await Task.WhenAll(open);
        await Enter();
        Assert.Equal(3, entered);
    }

    private static string[] Messages(FakeLogger logger) => [.. logger.Collector.GetSnapshot().Select(record => record.Message)];
}
