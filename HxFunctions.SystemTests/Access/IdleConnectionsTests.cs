using System.Globalization;
using System.Net;
using System.Net.Sockets;
using HxFunctions.SystemTests.Integration;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Servers;

namespace HxFunctions.SystemTests.Access;

/// <summary>Connections that do nothing cost the guard nothing but memory. <c>hx serve</c> runs in a process of its own: each end needs a
/// descriptor per connection.</summary>
[Collection(MeasuredCollection.Name)]
public class IdleConnectionsTests
{
    private const int Wanted = 10_000;

    /// <summary>For all that the test's process has open besides.</summary>
    private const int Reserve = 1_000;

    [Fact]
    public async Task Guard_answers_while_10000_connections_are_idle()
    {
        int count = Math.Min(Wanted, OpenFiles() - Reserve);
        Assert.True(count >= 1_000, $"The limit of open files is too low: {OpenFiles()} (ulimit -Hn).");
        await using HxChild hx = await HxChild.StartAsync(
            new Dictionary<string, string?>
            {
                ["PG_URL"] = "postgresql://nobody@127.0.0.1:1/nothing",
                ["GUARD_ROUTES"] = "/v1/keys=postgres",
            }
        );
        Assert.Equal(HttpStatusCode.OK, await hx.GuardAsync("/v1/models"));
        Socket[] idle = new Socket[count];
        try
        {
            for (int i = 0; i < count; i++)
            {
                idle[i] = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await idle[i].ConnectAsync(hx.Address.Host, hx.Address.Port).WaitAsync(Eventually.Patience);
                // Asked on the way, too: the guard never goes quiet while they come.
                if (i % 1_000 == 0)
                {
                    await AnswersAsync(hx);
                }
            }

            for (int i = 0; i < 20; i++)
            {
                await AnswersAsync(hx);
            }

            int open = idle.Count(socket => !socket.Poll(0, SelectMode.SelectRead));
            Assert.True(open > count * 0.9, $"{open} of {count} are still open");
        }
        finally
        {
            foreach (Socket socket in idle)
            {
                socket?.Dispose();
            }
        }

        await AnswersAsync(hx);
    }

    private static async Task AnswersAsync(HxChild hx)
    {
        Assert.Equal(HttpStatusCode.OK, await hx.GuardAsync("/v1/models").WaitAsync(Eventually.Patience));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await hx.GuardAsync("/v1/keys").WaitAsync(Eventually.Patience));
    }

    /// <summary>The hard limit: the runtime raises the soft one to it when it starts.</summary>
    private static int OpenFiles()
    {
        string line = File.ReadLines("/proc/self/limits").Single(l => l.StartsWith("Max open files", StringComparison.Ordinal));
        string hard = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4];
        return hard == "unlimited" ? int.MaxValue : int.Parse(hard, CultureInfo.InvariantCulture);
    }
}
