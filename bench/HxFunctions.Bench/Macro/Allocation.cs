using System.Net.Sockets;
using System.Text;
using HxFunctions.Peers;
using HxFunctions.Servers;
using HxFunctions.Tests.Serving;

namespace HxFunctions.Bench.Macro;

/// <summary><c>allocation</c>: bytes that one request allocates, counted in the server's process by a client that allocates
/// nothing.</summary>
internal static class Allocation
{
    private const int Requests = 20_000;

    public static async Task<int> RunAsync()
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync();
        await using RedisServer redis = await RedisServer.StartAsync();
        const string key = "the-key-of-this-benchmark";
        Dictionary<string, string?> variables = new()
        {
            ["PG_URL"] = postgres.Url,
            ["REDIS_URL"] = redis.Url,
            ["WRAPPER_KEYS"] = "bench=" + key,
        };
        int emptyPort = FreePort.Next();
        _ = EmptyEndpoint.RunAsync(emptyPort);
        double empty = await PerRequestAsync(emptyPort, Guard("/v1/keys/1", key), "200");

        await using HxInstance up = await HxInstance.StartAsync(variables);
        double guarded = await PerRequestAsync(up.Address.Port, Guard("/v1/keys/1", key), "200");
        double unguarded = await PerRequestAsync(up.Address.Port, Guard("/v1/chat/completions", key), "200");
        await postgres.KillAsync();
        double closed = await PerRequestAsync(up.Address.Port, Guard("/v1/keys/1", key), "503");

        Numbers.Row("request", "bytes allocated", "of them the app's own");
        Numbers.Row("---", "---:", "---:");
        Numbers.Row("empty endpoint", empty, "");
        Numbers.Row("guard, guarded route open", guarded, guarded - empty);
        Numbers.Row("guard, route without a rule", unguarded, unguarded - empty);
        Numbers.Row("guard, guarded route closed", closed, closed - empty);
        return 0;
    }

    private static byte[] Guard(string path, string key) =>
        Encoding.ASCII.GetBytes(
            $"GET /guard HTTP/1.1\r\nHost: localhost\r\nX-Original-URI: {path}\r\nX-Original-Method: POST\r\nx-functions-key: {key}\r\n\r\n"
        );

    private static async Task<double> PerRequestAsync(int port, byte[] request, string status)
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
        for (int inARow = 0, asked = 0; inARow < Requests; asked++)
        {
            inARow = Ask() ? inARow + 1 : 0;
            if (asked > 10_000_000)
            {
                throw new InvalidOperationException($"The server does not answer {status}.");
            }
        }

        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < Requests; i++)
        {
            if (!Ask())
            {
                throw new InvalidOperationException("An answer was not as expected.");
            }
        }

        return (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Requests;
    }
}
