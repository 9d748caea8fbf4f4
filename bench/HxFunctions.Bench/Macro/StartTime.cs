using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using HxFunctions.Servers;

namespace HxFunctions.Bench.Macro;

/// <summary>
/// <c>start ROUNDS NAME=COMMAND…</c>: from the start of a process to its first correct answer about a guarded route, the commands in turns.
/// In a command <c>{port}</c> stands for the port that it is to listen on. The environment is passed on.
/// </summary>
internal static class StartTime
{
    private const string Request =
        "GET /guard HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Original-URI: /v1/keys\r\nX-Original-Method: POST\r\n\r\n";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(int rounds, string[] commands)
    {
        (string Name, string Command, List<(double Listens, double Answers)> Took)[] subjects =
        [
            .. commands.Select(c =>
                (
                    c[..c.IndexOf('=', StringComparison.Ordinal)],
                    c[(c.IndexOf('=', StringComparison.Ordinal) + 1)..],
                    new List<(double, double)>()
                )
            ),
        ];
        for (int round = 0; round <= rounds; round++)
        {
            foreach ((string _, string command, List<(double, double)> took) in subjects)
            {
                (double, double) times = await OnceAsync(command);
                // The first start reads the files from disk.
                if (round > 0)
                {
                    took.Add(times);
                }
            }
        }

        Numbers.Row("", "listens after, ms", "first correct answer, ms", "fastest", "slowest");
        Numbers.Row("---", "---:", "---:", "---:", "---:");
        foreach ((string name, string _, List<(double Listens, double Answers)> took) in subjects)
        {
            Numbers.Row(
                name,
                Numbers.Median(took.Select(t => t.Listens)),
                Numbers.Median(took.Select(t => t.Answers)),
                took.Min(t => t.Answers),
                took.Max(t => t.Answers)
            );
        }

        return 0;
    }

    private static async Task<(double Listens, double Answers)> OnceAsync(string command)
    {
        int port = FreePort.Next();
        string[] words = command.Replace("{port}", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal).Split(' ');
        using Process process = new() { StartInfo = new(words[0], words[1..]) { RedirectStandardOutput = true } };
        process.OutputDataReceived += (_, _) => { };
        long started = Stopwatch.GetTimestamp();
        process.Start();
        process.BeginOutputReadLine();
        try
        {
            double? listens = null;
            while (true)
            {
                string answer = Ask(port, ref listens, started);
                if (
                    answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal)
                    && answer.Contains("\"verdict\":\"open\",\"rule\":\"/v1/keys\"", StringComparison.Ordinal)
                )
                {
                    return (listens!.Value, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                }

                if (process.HasExited || Stopwatch.GetElapsedTime(started) > Patience)
                {
                    throw new InvalidOperationException($"{words[0]} gave no correct answer; the last: {answer}");
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
}
