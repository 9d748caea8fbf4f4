using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Text;
using HxFunctions.Bench.Load;
using HxFunctions.Bench.Report;
using HxFunctions.Cli.Commands;
using HxFunctions.Peers;
using HxFunctions.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.Bench.Macro;

/// <summary>
/// Processor time of one request in Kestrel and the program, without sockets and with nobody beside it. The best of many
/// short stretches, in turns: what another program takes away in between doesn't count.
/// </summary>
internal static class RequestCost
{
    private const int Requests = 500;
    private const string Key = GuardRequest.Key;

    /// <summary>Measures one row for as long as a profiler looks.</summary>
    public static async Task<int> RunAloneAsync(string row)
    {
        Console.Write(await RunAsync(20_000, row));
        return 0;
    }

    /// <param name="stretches">How many there are; the fastest counts.</param>
    /// <param name="only">The request to measure alone; null measures all of them.</param>
    public static async Task<MarkdownTable> RunAsync(int stretches, string? only)
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync();
        await using RedisServer redis = await RedisServer.StartAsync();
        (string, string)[] variables = [("PG_URL", postgres.Url), ("REDIS_URL", redis.Url), ("WRAPPER_PORT", "0")];

        await using WebApplication empty = EmptyEndpoint.Build(0, more: WithoutSockets);
        await using WebApplication guard = Serve([.. variables, ("WRAPPER_KEYS", "bench=" + Key)]);
        await using WebApplication keyless = Serve(variables);
        await using WebApplication closed = Serve([
            ("PG_URL", $"postgresql://hx@127.0.0.1:{FreePort.Next()}/hx"),
            .. variables[1..],
            ("WRAPPER_KEYS", "bench=" + Key),
            ("HX_NAMESPACE", "closed"),
        ]);
        foreach (WebApplication app in (WebApplication[])[empty, guard, keyless, closed])
        {
            await app.StartAsync();
        }

        Caller[] callers =
        [
            new("empty endpoint", empty, Ask("/guard", Key), "200"),
            new("unknown route (404)", guard, Ask("/nothing", Key), "404"),
            new("guard, wrong key (401)", guard, Ask("/guard", "the-key-of-someone-else.."), "401"),
            new("`/healthz/live`", guard, Ask("/healthz/live", Key), "200"),
            new("guard without keys, route without a rule", keyless, Ask("/guard", Key, "/v1/chat/completions"), "200"),
            new("guard, route without a rule", guard, Ask("/guard", Key, "/v1/chat/completions"), "200"),
            new("guard, open", guard, Ask("/guard", Key), "200"),
            new("guard, closed", closed, Ask("/guard", Key), "503"),
        ];
        foreach (Caller caller in callers)
        {
            await caller.WarmUpAsync();
        }

        for (int i = 0; i < stretches; i++)
        {
            foreach (Caller caller in callers)
            {
                if (only is null || caller.Name == only)
                {
                    caller.Run(Requests);
                }
            }
        }

        MarkdownTable table = new("request", "µs", "more than the empty endpoint");
        foreach (Caller caller in callers.Where(caller => only is null || caller.Name == only))
        {
            table.Add(caller.Name, caller.Best, only is null ? caller.Best - callers[0].Best : "");
        }

        return table;
    }

    private static WebApplication Serve((string Name, string Value)[] variables) =>
        ServeCommand.Build(
            Settings.From(variables.Append(("WRAPPER_LOG_LEVEL", "WARNING")).ToDictionary(v => v.Item1, string? (v) => v.Item2)),
            WithoutSockets
        );

    private static void WithoutSockets(IServiceCollection services) =>
        services.AddSingleton<IConnectionListenerFactory, InMemoryTransport>();

    private static byte[] Ask(string target, string key, string path = "/v1/keys/3f2a") =>
        Encoding.ASCII.GetBytes(
            $"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Original-URI: {path}\r\nX-Original-Method: POST\r\nx-functions-key: "
                + $"{key}\r\n\r\n"
        );

    private sealed class Caller(string name, WebApplication app, byte[] request, string status)
    {
        private readonly IDuplexPipe _connection = (
            (InMemoryTransport)app.Services.GetRequiredService<IConnectionListenerFactory>()
        ).Connect();
        private readonly byte[] _expected = Encoding.ASCII.GetBytes("HTTP/1.1 " + status);
        private long _best = long.MaxValue;

        public string Name => name;

        /// <summary>In µs per request.</summary>
        public double Best => _best * 1e6 / Stopwatch.Frequency / Requests;

        /// <summary>Until it answers as expected, and for the compiler's tiers.</summary>
        public async Task WarmUpAsync()
        {
            for (int inARow = 0, asked = 0; inARow < 60_000; asked++)
            {
                inARow = Ask() ? inARow + 1 : 0;
                if (inARow == 0)
                {
                    await Task.Delay(10);
                }

                if (asked > 61_000)
                {
                    throw new InvalidOperationException($"{name}: no answer {status}.");
                }
            }
        }

        public void Run(int requests)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < requests; i++)
            {
                if (!Ask())
                {
                    throw new InvalidOperationException($"{name}: an answer was not as expected.");
                }
            }

            _best = Math.Min(_best, Stopwatch.GetTimestamp() - start);
        }

        private bool Ask()
        {
            _connection.Output.Write(request);
            ValueTask<FlushResult> sent = _connection.Output.FlushAsync();
            if (!sent.IsCompletedSuccessfully)
            {
                sent.AsTask().GetAwaiter().GetResult();
            }

            ValueTask<ReadResult> reading = _connection.Input.ReadAsync();
            ReadResult read = reading.IsCompletedSuccessfully ? reading.Result : reading.AsTask().GetAwaiter().GetResult();
            bool good = read.Buffer.FirstSpan.StartsWith(_expected);
            _connection.Input.AdvanceTo(read.Buffer.End);
            return good;
        }
    }
}
