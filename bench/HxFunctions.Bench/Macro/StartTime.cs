using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using HxFunctions.Bench.Load;
using HxFunctions.Bench.Report;
using HxFunctions.Bench.Runs;
using HxFunctions.Servers;

namespace HxFunctions.Bench.Macro;

/// <summary><c>start</c>: from the start of a process to its first correct answer about a guarded route, in turns.</summary>
internal static class StartTime
{
    private const string Request =
        "GET /guard HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Original-URI: /v1/keys\r\nX-Original-Method: POST\r\n\r\n";
    private const string Shared = "shared";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task RunAsync(PartRun run)
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync();
        await using RedisServer redis = await RedisServer.StartAsync();
        (string, string)[] servers = [("PG_URL", postgres.Url), ("REDIS_URL", redis.Url)];
        await using ServedProcess other = await ServedProcess.StartAsync(
            "another instance",
            [.. servers, ("WRAPPER_PORT", "{port}"), ("HX_NAMESPACE", Shared)],
            App.Hx.FullProgram,
            "serve"
        );
        Subject empty = new("empty endpoint, ordinary", App.Empty, servers, null);
        Subject ordinary = new("`hx serve`, ordinary, no records in Redis", App.Hx, servers, "alone-ordinary");
        Subject native = new("`hx serve`, native, no records in Redis", App.HxNative, servers, "alone-native");
        Subject[] subjects =
        [
            empty,
            ordinary,
            new("`hx serve`, ordinary, another instance's records in Redis", App.Hx, servers, Shared),
            new("empty endpoint, native", App.EmptyNative, servers, null),
            native,
            new("`hx serve`, native, another instance's records in Redis", App.HxNative, servers, Shared),
        ];
        for (int round = 0; round <= run.Pick(15, 1); round++)
        {
            foreach (Subject subject in subjects)
            {
                // In use it keeps its records fresh.
                await other.UntilAsync(200, "guard?path=/v1/keys&method=POST", []);
                (double listens, double answers) = await OnceAsync(subject.Info(round));
                // The first start reads the files from disk.
                if (round > 0)
                {
                    subject.Listens.Add(listens);
                    subject.Answers.Add(answers);
                }
            }
        }

        MarkdownTable table = new(
            "process start",
            "listens after, ms",
            "first correct answer, ms",
            "fastest",
            "slowest",
            "of the ordinary empty endpoint's"
        );
        foreach (Subject subject in subjects)
        {
            table.Add(
                subject.Label,
                subject.Listens.Median,
                subject.Answers.Median,
                subject.Answers.Least,
                subject.Answers.Most,
                Figure.Ratio(subject.Answers.RatioTo(empty.Answers))
            );
        }

        run.Add("start", table);
        run.Set("start.ordinary", ordinary.Answers.Median);
        run.Set("start.native", native.Answers.RatioTo(empty.Answers));
    }

    private static async Task<(double Listens, double Answers)> OnceAsync((ProcessStartInfo Info, int Port) start)
    {
        start.Info.RedirectStandardOutput = true;
        using Process process = new() { StartInfo = start.Info };
        process.OutputDataReceived += (_, _) => { };
        long started = Stopwatch.GetTimestamp();
        process.Start();
        process.BeginOutputReadLine();
        try
        {
            double? listens = null;
            while (true)
            {
                string answer = Ask(start.Port, ref listens, started);
                if (
                    answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal)
                    && answer.Contains("\"verdict\":\"open\",\"rule\":\"/v1/keys\"", StringComparison.Ordinal)
                )
                {
                    return (listens!.Value, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                }

                if (process.HasExited || Stopwatch.GetElapsedTime(started) > Patience)
                {
                    throw new InvalidOperationException($"{start.Info.FileName} gave no correct answer; the last: {answer}");
                }

                await Task.Delay(1);
            }
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }

            await process.WaitForExitAsync();
        }
    }

    /// <returns>The whole answer; empty when there is none.</returns>
    private static string Ask(int port, ref double? listens, long started)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect("127.0.0.1", port);
            listens ??= Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            socket.Send(Encoding.ASCII.GetBytes(Request));
            StringBuilder answer = new();
            byte[] buffer = new byte[4096];
            for (int read = socket.Receive(buffer); read > 0; read = socket.Receive(buffer))
            {
                answer.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }

            return answer.ToString();
        }
        catch (SocketException)
        {
            return "";
        }
    }

    /// <param name="Scope">HX_NAMESPACE of hx, one for each start unless it is shared; null for the empty endpoint.</param>
    private sealed record Subject(string Label, App App, (string Name, string Value)[] Variables, string? Scope)
    {
        /// <summary>Milliseconds until it listens.</summary>
        public Rounds Listens { get; } = new();

        /// <summary>Milliseconds until its first correct answer.</summary>
        public Rounds Answers { get; } = new();

        public (ProcessStartInfo Info, int Port) Info(int round)
        {
            int port = FreePort.Next();
            string number = port.ToString(CultureInfo.InvariantCulture);
            ProcessStartInfo info = new(App.FullProgram, Scope is null ? ["empty", number] : ["serve"]);
            foreach ((string name, string value) in Variables)
            {
                info.Environment[name] = value;
            }

            info.Environment["WRAPPER_PORT"] = number;
            info.Environment["HX_NAMESPACE"] = Scope is null or Shared ? Shared : $"{Scope}-{round}";
            return (info, port);
        }
    }
}
