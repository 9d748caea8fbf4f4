using System.Globalization;
using System.Net.Sockets;
using System.Text;
using HxFunctions.Bench.Load;
using HxFunctions.Bench.Report;
using HxFunctions.Peers;
using HxFunctions.Servers;
using HxFunctions.Tests.Serving;

namespace HxFunctions.Bench.Macro;

/// <summary>Bytes that one request allocates, counted in the server's process by a client that allocates
/// nothing.</summary>
internal static class Allocation
{
    /// <param name="requests">How many are counted, after as many that aren't.</param>
    public static async Task<MarkdownTable> RunAsync(int requests)
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync();
        await using RedisServer redis = await RedisServer.StartAsync();
        const string key = GuardRequest.Key;
        Dictionary<string, string?> variables = new()
        {
            ["PG_URL"] = postgres.Url,
            ["REDIS_URL"] = redis.Url,
            ["WRAPPER_KEYS"] = "bench=" + key,
        };
        int emptyPort = FreePort.Next();
        _ = EmptyEndpoint.RunAsync(emptyPort);
        double empty = await PerRequestAsync(requests, emptyPort, Guard("/v1/keys/1", key), "200");

        await using HxInstance up = await HxInstance.StartAsync(variables);
        double guarded = await PerRequestAsync(requests, up.Address.Port, Guard("/v1/keys/1", key), "200");
        double unguarded = await PerRequestAsync(requests, up.Address.Port, Guard("/v1/chat/completions", key), "200");
        await postgres.KillAsync();
        double closed = await PerRequestAsync(requests, up.Address.Port, Guard("/v1/keys/1", key), "503");

        MarkdownTable table = new("request", "bytes allocated", "more than the empty endpoint");
        table.Add("empty endpoint", Whole(empty), "");
        table.Add("guard, open", Whole(guarded), Whole(guarded - empty));
        table.Add("guard, route without a rule", Whole(unguarded), Whole(unguarded - empty));
        table.Add("guard, closed", Whole(closed), Whole(closed - empty));
        return table;
    }

    private static string Whole(double bytes) => bytes.ToString("N0", CultureInfo.InvariantCulture);

    private static byte[] Guard(string path, string key) =>
        Encoding.ASCII.GetBytes(
            $"GET /guard HTTP/1.1\r\nHost: localhost\r\nX-Original-URI: {path}\r\nX-Original-Method: POST\r\nx-functions-key: {key}\r\n\r\n"
        );

    private static async Task<double> PerRequestAsync(int requests, int port, byte[] request, string status)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", port);
        byte[] buffer = new byte[4096];
        byte[] expected = Encoding.ASCII.GetBytes("HTTP/1.1 " + status);
        bool Ask()
        {
            socket.Send(request);
            return buffer.AsSpan(0, socket.Receive(buffer)).StartsWith(expected);
        }

        // Until it answers so, and for the compiler's tiers.
        for (int inARow = 0, asked = 0; inARow < requests; asked++)
        {
            inARow = Ask() ? inARow + 1 : 0;
            if (asked > 10_000_000)
            {
                throw new InvalidOperationException($"The server does not answer {status}.");
            }
        }

        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < requests; i++)
        {
            if (!Ask())
            {
                throw new InvalidOperationException("An answer was not as expected.");
            }
        }

        return (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)requests;
    }
}
