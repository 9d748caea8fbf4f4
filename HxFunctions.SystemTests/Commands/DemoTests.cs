using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using HxFunctions.Cli.Commands;
using HxFunctions.Cli.Demo;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Servers;
using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Commands;

/// <summary><c>hx demo</c> as users run it: a program that needs nothing set up and leaves nothing behind.</summary>
[Trait(HxProgram.Trait, HxProgram.Any)]
[Collection(MeasuredCollection.Name)]
public sealed partial class DemoTests(ITestOutputHelper output)
{
    /// <summary>250 MB.</summary>
    private const int MaxKilobytes = 250_000_000 / 1024;

    private static readonly TimeSpan RunPatience = TimeSpan.FromSeconds(150);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Once_tells_an_outage_in_which_every_step_comes_true()
    {
        using Demo demo = Demo.Start("--once");
        await demo.EndsAsync(RunPatience);
        foreach (string line in demo.Lines)
        {
            output.WriteLine(line);
        }

        output.WriteLine($"{demo.PeakKilobytes * 1024L / 1e6:0} MB at most.");

        Assert.Equal(ExitCode.Ok, demo.ExitCode);
        string all = string.Join('\n', demo.Lines);
        foreach (int step in Enumerable.Range(1, 4))
        {
            Assert.Matches($@"(?m)^ +[0-9.]+ s  {step}/4 ", all);
        }

        Assert.Equal(3, demo.Lines.Count(l => ClosedByPostgres().IsMatch(l)));
        Assert.Equal(1, demo.Lines.Count(l => ClosedByRedis().IsMatch(l)));
        Assert.Equal(4, demo.Lines.Count(l => Reopened().IsMatch(l)));
        Assert.Equal(4, demo.Lines.Count(l => l.Contains("GET /v1/models always 200; slowest guard answer", StringComparison.Ordinal)));
        Assert.Single(demo.Lines, l => l.Contains("GET /key/info, GET /v1/models always 200", StringComparison.Ordinal));
        Assert.Equal(4, demo.Lines.Count(l => TableRow().IsMatch(l)));
        Assert.Matches(@"(?m)Every step came true\. Exit code 0\.$", all);
        // The last thing is how to go on with one's own servers.
        Assert.Equal(DemoCommand.NextCommands, demo.Lines.TakeLast(3));
        Assert.All(DemoCommand.NextCommands, command => Assert.Empty(HxCommand.CreateRoot().Parse(command.Split(' ')[1..]).Errors));

        Assert.Empty(demo.Errors);
        Assert.DoesNotContain('\u001b', all);
        // Keys and passwords are 32 hexadecimal digits here.
        Assert.DoesNotMatch("[0-9a-fA-F]{16}", all);
        Assert.InRange(demo.PeakKilobytes, 1, MaxKilobytes);
        await demo.LeavesNothingAsync();
    }

    [Theory]
    [InlineData(ProcessTree.Interrupt)]
    [InlineData(ProcessTree.Terminate)]
    public async Task Signal_in_the_middle_of_the_outage_ends_it_and_leaves_nothing(int signal)
    {
        using Demo demo = Demo.Start("--once");
        await demo.SaysAsync("1/4 PostgreSQL stops answering");
        ProcessTree.Signal(demo.Id, signal);
        await demo.EndsAsync(EndPatience);

        Assert.NotEqual(ExitCode.Ok, demo.ExitCode);
        Assert.Contains(demo.Lines, l => l.Contains("Interrupted; nothing is left behind", StringComparison.Ordinal));
        Assert.Empty(demo.Errors);
        await demo.LeavesNothingAsync();
    }

    [Fact]
    public async Task Without_PostgreSQL_the_story_is_told_with_the_others_and_then_goes_on_serving()
    {
        using CancellationTokenSource over = new(RunPatience);
        // Ends it as Ctrl+C does, once it serves.
        using Listener story = new("Serving until Ctrl+C", over.Cancel);
        int code = await DemoCommand.RunAsync(new() { WithPostgres = false }, story, story, over.Token);
        string all = story.ToString();
        output.WriteLine(all);

        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("PostgreSQL (initdb, postgres) is not installed", all, StringComparison.Ordinal);
        Assert.Contains("POST /v1/vector_stores 503 after", all, StringComparison.Ordinal);
        Assert.Contains("Gateway dependency unavailable: Qdrant.", all, StringComparison.Ordinal);
        Assert.Contains("POST /key/generate, GET /v1/models always 200", all, StringComparison.Ordinal);
        Assert.Contains("Gateway dependency unavailable: Redis.", all, StringComparison.Ordinal);
        Assert.Matches(@"Every step came true", all);
        Assert.Contains("curl -i -X POST http://127.0.0.1:", all, StringComparison.Ordinal);
        Assert.Contains("/status.html", all, StringComparison.Ordinal);
        Assert.DoesNotMatch("[0-9a-fA-F]{16}", all);
    }

    [Fact]
    public async Task Step_that_takes_too_long_is_told_and_makes_the_exit_code_1()
    {
        using StringWriter story = new(CultureInfo.InvariantCulture);
        // Half a second instead of 7.5 to close: the guard can't.
        DemoMargins margins = DemoMargins.Default with
        {
            Closing = TimeSpan.FromSeconds(-7),
        };
        using CancellationTokenSource over = new(RunPatience);
        int code = await DemoCommand.RunAsync(
            new()
            {
                Once = true,
                WithPostgres = false,
                Margins = margins,
            },
            story,
            story,
            over.Token
        );
        string all = story.ToString();
        output.WriteLine(all);

        Assert.Equal(ExitCode.Negative, code);
        Assert.Contains("POST /v1/vector_stores not 503 within 0.5 s (promised: 7.5 s)", all, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^ *Qdrant hung .* no$", all);
        Assert.Matches(@"(?m)[12] of 2 steps did not come true\. Exit code 1\.$", all);
    }

    [GeneratedRegex(
        @"^ +[0-9.]+ s  POST /key/generate 503 after [0-9.]+ s \(promised: (3|7\.5) s\): Gateway dependency unavailable: PostgreSQL\. Retry-After [0-9]+$"
    )]
    private static partial Regex ClosedByPostgres();

    [GeneratedRegex(
        @"^ +[0-9.]+ s  POST /key/generate 503 after [0-9.]+ s \(promised: 3 s\): Gateway dependency unavailable: Redis\. Retry-After [0-9]+$"
    )]
    private static partial Regex ClosedByRedis();

    [GeneratedRegex(@"^ +[0-9.]+ s  POST /key/generate 200 after [0-9.]+ s \(promised: 5\.5 s\)$")]
    private static partial Regex Reopened();

    [GeneratedRegex(@"^ *(PostgreSQL hung|PostgreSQL killed|PostgreSQL read-only|Redis stopped) .* ms +yes$")]
    private static partial Regex TableRow();

    /// <summary>A writer that does something when a text has been written.</summary>
    private sealed class Listener(string text, Action heard) : StringWriter(CultureInfo.InvariantCulture)
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains(text, StringComparison.Ordinal) == true)
            {
                heard();
            }
        }
    }

    /// <summary>The program, with a directory for temporary files of its own.</summary>
    private sealed class Demo : IDisposable
    {
        private readonly DirectoryInfo _temporary = Directory.CreateTempSubdirectory("hx-demo-test-");
        private readonly Process _process;
        private readonly ConcurrentQueue<string> _lines = new();
        private readonly ConcurrentQueue<string> _errors = new();

        private Demo(params string[] arguments)
        {
            // PostgreSQL's user must get through, too.
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(_temporary.FullName, (UnixFileMode)0b111_101_101);
            }

            ProcessStartInfo info = new(HxProgram.Command[0], [.. HxProgram.Command.Skip(1), "demo", .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            info.Environment["TMPDIR"] = _temporary.FullName;
            _process = Process.Start(info)!;
            _process.OutputDataReceived += (_, e) => Note(_lines, e.Data);
            _process.ErrorDataReceived += (_, e) => Note(_errors, e.Data);
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public int Id => _process.Id;

        public int ExitCode => _process.ExitCode;

        public IReadOnlyList<string> Lines => [.. _lines];

        public IReadOnlyList<string> Errors => [.. _errors];

        /// <summary>The most memory that it had, as the kernel counts (VmHWM, proc(5)).</summary>
        public int PeakKilobytes { get; private set; }

        public static Demo Start(params string[] arguments) => new(arguments);

        /// <remarks>It starts three servers first.</remarks>
        public Task SaysAsync(string text) =>
            Eventually.TrueAsync(() => _lines.Any(l => l.Contains(text, StringComparison.Ordinal)), $"It never said: {text}", RunPatience);

        public async Task EndsAsync(TimeSpan patience)
        {
            using CancellationTokenSource deadline = new(patience);
            Task end = _process.WaitForExitAsync(deadline.Token);
            while (!end.IsCompleted)
            {
                PeakKilobytes = Math.Max(PeakKilobytes, Peak());
                await Task.WhenAny(end, Task.Delay(50));
            }

            await end;
        }

        /// <summary>No file and no process remains. The shell that watches over them ends a moment later than the program.</summary>
        public Task LeavesNothingAsync() =>
            Eventually.TrueAsync(() =>
                !_temporary.EnumerateFileSystemInfos("hx-*").Any() && !Directory.EnumerateDirectories("/proc").Any(p => WorksHere(p))
            );

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill();
            }

            _process.Dispose();
            try
            {
                _temporary.Delete(recursive: true);
            }
            catch (IOException)
            {
                // After a failure something may still be dying in there.
            }
        }

        private static void Note(ConcurrentQueue<string> lines, string? line)
        {
            if (!string.IsNullOrEmpty(line))
            {
                lines.Enqueue(line);
            }
        }

        private bool WorksHere(string process)
        {
            try
            {
                return new FileInfo(Path.Combine(process, "cwd")).LinkTarget?.StartsWith(_temporary.FullName, StringComparison.Ordinal)
                    == true;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }

        private int Peak()
        {
            try
            {
                string? line = File.ReadLines($"/proc/{_process.Id}/status")
                    .FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
                return line is null
                    ? 0
                    : int.Parse(line.Split(':')[1].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                return 0;
            }
        }
    }
}
