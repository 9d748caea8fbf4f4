using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Commands;

/// <summary><c>hx</c> where descriptors, memory, disk or time are short: a plain line and an exit code, never a crash.</summary>
[Collection(MeasuredCollection.Name)]
public sealed partial class ScarceResourcesTests
{
    private static readonly (string, string?) NoGuard = ("ENABLE_DB_GUARD", "false");

    [Theory]
    [InlineData(40, "serve --port 0")]
    [InlineData(64, "serve --port 0")]
    [InlineData(128, "serve --port 0")]
    [InlineData(383, "serve --port 0")]
    [InlineData(64, "check")]
    [InlineData(64, "config")]
    [InlineData(64, "demo")]
    [InlineData(64, "override closed --reason drill")]
    [InlineData(64, "--help")]
    public async Task Too_few_open_files_are_told_in_one_line(int limit, string commandLine)
    {
        await using HxProcess hx = HxProcess.StartAfter($"ulimit -n {limit}", commandLine, NoGuard);
        HxProcess.Ending ending = await hx.EndAsync();
        Assert.Equal((1, ""), (ending.Code, ending.Output));
        Assert.StartsWith(
            $"hx: the limit of open files is {limit}, and hx needs 384",
            Assert.Single(ending.ErrorLines),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("exec >/dev/full", "config", 1)]
    [InlineData("exec >/dev/full", "config --json", 1)]
    [InlineData("exec >/dev/full", "guard /v1/keys", 1)]
    [InlineData("exec >/dev/full", "--help", 1)]
    [InlineData("exec >/dev/full", "serve --port 0", 1)]
    [InlineData("exec >/dev/full 2>/dev/full", "config", 0)]
    [InlineData("exec >/dev/full 2>/dev/full", "serve --port 0", 0)]
    [InlineData("exec 2>/dev/full", "no-such-command", 0)]
    [InlineData("exec 2>/dev/full", "check", 0)]
    [InlineData("exec 2>/dev/full", "override closed --reason drill", 0)]
    public async Task Full_disk_behind_its_output_is_no_crash(string before, string commandLine, int lines)
    {
        await using HxProcess hx = HxProcess.StartAfter(before, commandLine, NoGuard);
        HxProcess.Ending ending = await hx.EndAsync();
        Assert.Equal((1, ""), (ending.Code, ending.Output));
        Assert.Equal(Enumerable.Repeat("hx: can't read or write: No space left on device.", lines), ending.ErrorLines);
    }

    /// <summary>Before the program has taken the signal over, it ends as any process does: with 128 and the signal's number.</summary>
    [Theory]
    [InlineData(ProcessTree.Interrupt, 1)]
    [InlineData(ProcessTree.Interrupt, 2)]
    [InlineData(ProcessTree.Interrupt, 200)]
    [InlineData(ProcessTree.Terminate, 1)]
    public async Task Signal_while_it_starts_ends_it_without_a_stack_trace(int signal, int times)
    {
        for (int i = 0; i < 20; i++)
        {
            await using HxProcess hx = HxProcess.Start("serve --port 0", null, NoGuard);
            await Task.Delay(TimeSpan.FromMilliseconds(40 * i));
            for (int sent = 0; sent < times; sent++)
            {
                hx.Signal(signal);
            }

            HxProcess.Ending ending = await hx.EndAsync();
            Assert.True(ending.Code == 0 || ending.Code == 128 + signal, $"{ending.Code} {ending.Error}");
            Assert.Equal("", ending.Error);
            Assert.DoesNotContain("fail: ", ending.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", ending.Output, StringComparison.Ordinal);
        }
    }

    /// <summary>It waits in a call that no token ends: for a pipe's other end, or for who reads its output.</summary>
    [Theory]
    [InlineData("mkfifo pipe", "config --env-file pipe", ProcessTree.Interrupt)]
    [InlineData("mkfifo pipe", "config --env-file pipe", ProcessTree.Terminate)]
    [InlineData("mkfifo pipe && exec 3<>pipe >pipe", "routes list -o json", ProcessTree.Interrupt)]
    [InlineData("mkfifo pipe && exec 3<>pipe >pipe", "routes list -o json", ProcessTree.Terminate)]
    public async Task Signal_ends_a_command_that_waits_for_a_pipe(string before, string commandLine, int signal)
    {
        await using HxProcess hx = HxProcess.StartAfter(before, commandLine, NoGuard);
        // pipe(7): where a thread waits then. Without it, for as long as the start may take.
        for (int i = 0; i < 200 && !ProcessTree.WaitsIn(hx.Id, "pipe_write", "wait_for_partner"); i++)
        {
            await Task.Delay(50);
        }

        hx.Signal(signal);
        Assert.Equal(128 + signal, (await hx.EndAsync()).Code);
    }

    [Fact]
    public async Task Idle_connections_leave_descriptors_for_probes()
    {
        int qdrant = FreePort.Next();
        await using HxProcess hx = HxProcess.StartAfter(
            "ulimit -n 1024",
            "serve --port 0",
            ("QDRANT_URL", $"http://127.0.0.1:{qdrant}"),
            ("PG_URL", $"postgresql://u:p@127.0.0.1:{FreePort.Next()}/x"),
            ("GUARD_ROUTES", "/v1/rag=qdrant; /v1/keys=postgres")
        );
        Uri address = AddressIn(await hx.UntilPrintedAsync("listening on"));
        await hx.UntilPrintedAsync("Takes 704 connections at once and closes others, since the limit of open files is 1024");
        // One connection for all of it, which is one of those that are taken: a client that opens another is refused like the rest.
        using TcpClient kept = new(address.Host, address.Port) { ReceiveTimeout = (int)Eventually.Patience.TotalMilliseconds };
        Assert.StartsWith("HTTP/1.1 200", await AnswerAsync(kept, "/healthz/live"), StringComparison.Ordinal);
        List<Socket> idle = [];
        try
        {
            for (int i = 0; i < 1_100; i++)
            {
                Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                idle.Add(socket);
                await socket.ConnectAsync(address.Host, address.Port).WaitAsync(Eventually.Patience);
            }

            await Eventually.TrueAsync(() => idle.Count(socket => socket.Poll(0, SelectMode.SelectRead)) >= 1_100 - 704);
            string answer = await AnswerAsync(kept, "/health/all?live=true");
            Assert.Equal(2, Refused().Count(answer));

            await using QdrantSimulator server = await QdrantSimulator.StartAsync(port: qdrant);
            await Eventually.TrueAsync(async () =>
                (await AnswerAsync(kept, "/guard?path=/v1/rag")).StartsWith("HTTP/1.1 200", StringComparison.Ordinal)
            );
        }
        finally
        {
            idle.ForEach(socket => socket.Dispose());
        }

        await Eventually.TrueAsync(async () => (await RawHttp.SendAsync(address, "GET /healthz/live")).Status == 200);
        Assert.Single(hx.Output.Split('\n'), line => line.Contains("connections at once", StringComparison.Ordinal));
    }

    /// <summary>Without keys the body of an override is read. Behind the longest headers Kestrel holds the most: about 135 MB, and 172 MB
    /// on a machine so busy that the collector comes late. What counts towards the limit is held by ConnectionLimitTests; without a limit
    /// the process runs out of memory here.</summary>
    /// <param name="most">In kB.</param>
    [Theory]
    [InlineData("GET /healthz/live", 15_000, 0, 150_000)]
    [InlineData("POST /override", 15, 64_900, 150_000)]
    [InlineData("POST /override", 31_000, 64_900, 185_000)]
    public async Task Half_requests_do_not_fill_the_memory(string line, int header, int body, int most)
    {
        // As in a container with 150 MB: the runtime takes three quarters of it for its heap.
        await using HxProcess hx = HxProcess.Start(
            "serve --port 0",
            null,
            NoGuard,
            ("DOTNET_GCHeapHardLimit", "0x7000000"),
            ("DOTNET_GCgen0size", "0x80000")
        );
        Uri address = AddressIn(await hx.UntilPrintedAsync("listening on"));
        string rest = body == 0 ? "" : $"\r\nContent-Type: application/json\r\nContent-Length: 65000\r\n\r\n{new string(' ', body)}";
        byte[] half = Encoding.ASCII.GetBytes($"{line} HTTP/1.1\r\nHost: x\r\nX-Long: {new string('a', header)}{rest}");
        List<Socket> open = [];
        try
        {
            for (int i = 0; i < 6_000; i++)
            {
                Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                open.Add(socket);
                try
                {
                    await socket.ConnectAsync(address.Host, address.Port).WaitAsync(Eventually.Patience);
                    await socket.SendAsync(half);
                }
                catch (SocketException)
                {
                    // One too many, closed already.
                }
            }
        }
        finally
        {
            open.ForEach(socket => socket.Dispose());
        }

        await Eventually.TrueAsync(async () => (await RawHttp.SendAsync(address, "GET /healthz/live")).Status == 200);
        Assert.InRange(PeakMemory(hx.Id), 1, most);
    }

    /// <summary>The most that a process had in memory, in kB (proc(5), VmHWM).</summary>
    private static int PeakMemory(int id)
    {
        string line = File.ReadLines($"/proc/{id}/status").Single(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    /// <summary>A GET on a connection that stays, with the whole answer.</summary>
    private static async Task<string> AnswerAsync(TcpClient connection, string target)
    {
        NetworkStream stream = connection.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n"));
        StringBuilder answer = new();
        byte[] buffer = new byte[16 * 1024];
        while (!IsWhole(answer.ToString()))
        {
            int read = await stream.ReadAsync(buffer).AsTask().WaitAsync(Eventually.Patience);
            Assert.NotEqual(0, read);
            answer.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        return answer.ToString();
    }

    private static bool IsWhole(string answer)
    {
        int end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
        {
            return false;
        }

        return Length().Match(answer[..end]) is { Success: true } length
            ? answer.Length == end + 4 + int.Parse(length.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
            : answer.EndsWith("0\r\n\r\n", StringComparison.Ordinal);
    }

    private static Uri AddressIn(string line) => new(Address().Match(line).Value);

    [GeneratedRegex("(?i)\r\nContent-Length: ([0-9]+)")]
    private static partial Regex Length();

    [GeneratedRegex(@"http://[0-9.:]+")]
    private static partial Regex Address();

    [GeneratedRegex("connection_refused")]
    private static partial Regex Refused();
}
