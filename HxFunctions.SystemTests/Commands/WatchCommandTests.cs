using System.Text.Json;
using HxFunctions.Cli.Commands;
using HxFunctions.SystemTests.Http;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Spectre.Console;

namespace HxFunctions.SystemTests.Commands;

/// <summary><c>hx watch</c> against a running app.</summary>
public class WatchCommandTests
{
    private const string KeyVariable = "HX_TEST_WATCH_KEY";

    [Fact]
    public async Task Once_prints_what_is_closed_and_why_and_ends_with_1()
    {
        await using StatusScene scene = await StatusScenes.StartAsync(StatusScenes.OneDown);

        (int code, string output, string error) = await RunAsync("--functions", scene.Instance.Address.ToString(), "--once");

        Assert.Equal((1, ""), (code, error));
        foreach (
            string part in new[]
            {
                "7 of 8 guarded routes are closed since",
                "PostgreSQL is down: connection refused.",
                "closed: PostgreSQL",
                "/v1/keys (POST,DELETE)",
                "ongoing",
                "not recorded",
                "Override: open",
                "(by night shift)",
                "█",
                "24 hours",
                "% up",
                "degraded at times",
            }
        )
        {
            Assert.Contains(part, output, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("\u001b", output, StringComparison.Ordinal);
    }

    /// <summary>GitHub's runner shows colours, and says so by this variable; a pipe has none there either.</summary>
    [Fact]
    public async Task Output_that_is_no_terminal_is_plain_in_a_ci_system_too()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck());

        HxProcess.Ending ending = await HxProcess.RunAsync("watch --once", ("HX_URL", $"{hx.Address}"), ("GITHUB_ACTIONS", "true"));

        Assert.Equal((0, ""), (ending.Code, ending.Error));
        Assert.Contains("All routes are open", ending.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", ending.Output, StringComparison.Ordinal);
    }

    /// <summary>The same figures for machines, named as in the API.</summary>
    [Fact]
    public async Task Uptime_is_in_the_document_for_machines_and_in_the_table()
    {
        await using StatusScene scene = await StatusScenes.StartAsync(StatusScenes.OneDown);
        string url = scene.Instance.Address.ToString();

        HxProcess.Ending json = await HxProcess.RunAsync("watch -o json", ("HX_URL", url)),
            yaml = await HxProcess.RunAsync("watch -o yaml", ("HX_URL", url)),
            table = await HxProcess.RunAsync("watch", ("HX_URL", url));

        Assert.Equal((1, 1, 1), (json.Code, yaml.Code, table.Code));
        using JsonDocument answer = JsonDocument.Parse(json.Output);
        JsonElement week = answer.RootElement.GetProperty("dependencies")[0].GetProperty("windows").GetProperty("7d");
        double percent = week.GetProperty("uptimePercent").GetDouble();
        Assert.InRange(percent, 99, 99.99);
        Assert.InRange(week.GetProperty("downSeconds").GetDouble(), 60, 3600);
        // The outage goes on from one call to the next.
        string[] words =
        [
            .. new[] { percent, Math.Round(percent - 0.01, 2) }.Select(p => p.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ];
        Assert.Contains(words, said => yaml.Output.Contains($"uptimePercent: {said}\n", StringComparison.Ordinal));
        Assert.Contains(words, said => table.Output.Contains($"{said}% up", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Output_that_is_no_terminal_is_printed_once_and_all_well_ends_with_0()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck());

        (int code, string output, string error) = await RunAsync("--functions", hx.Address.ToString());

        Assert.Equal((0, ""), (code, error));
        Assert.Contains("All routes are open", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not a url", null, 2, "--functions must be an http or https URL")]
    [InlineData("http://127.0.0.1:1", null, 1, "can't be reached")]
    [InlineData(null, null, 2, "asks for a key (401)")]
    [InlineData(null, "wrong", 2, "refuses the key (401)")]
    [InlineData(null, "made-up-function-key", 1, "")]
    public async Task What_goes_wrong_is_one_line_and_the_key_comes_from_the_environment(
        string? url,
        string? key,
        int expected,
        string fault
    )
    {
        await using HxInstance hx = await Surface.StartAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys));
        Environment.SetEnvironmentVariable(KeyVariable, key);
        string[] keyOption = key is null ? [] : ["--key-env", KeyVariable];

        (int code, string output, string error) = await RunAsync(["--functions", url ?? hx.Address.ToString(), "--once", .. keyOption]);

        Assert.Equal(expected, code);
        Assert.Contains(fault, error, StringComparison.Ordinal);
        Assert.Equal(fault.Length > 0, output.Length == 0);
        if (key is not null)
        {
            Assert.DoesNotContain(key, output + error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Lost_app_leaves_the_last_answer_with_its_age()
    {
        await using StatusScene scene = await StatusScenes.StartAsync(StatusScenes.OneDown);
        JsonElement answer = (await scene.Instance.GetAsync("status/history")).Json;

        string text = Render(WatchView.Screen(answer, "the app can't be reached.", TimeSpan.FromSeconds(75)));

        Assert.StartsWith("No answer for 1 min 15 s: the app can't be reached.", text, StringComparison.Ordinal);
        Assert.Contains("7 of 8 guarded routes are closed", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(120)]
    public async Task Narrow_screen_breaks_no_word_and_loses_none(int width)
    {
        await using StatusScene scene = await StatusScenes.StartAsync(StatusScenes.OneDown);
        JsonElement answer = (await scene.Instance.GetAsync("status/history")).Json;
        string[] Words(int columns) =>
            CliConsole
                .Render(WatchView.Of(answer, stale: false), TextWriter.Null, columns)
                .Split((char[])[' ', '\n', ':', ',', '(', ')'], StringSplitOptions.RemoveEmptyEntries);

        // Titles are left out where the cells stand for themselves.
        string[] titles = ["Dependency", "Status", "Reason", "Latency", "For", "Last", "Reads", "Writes", "Incident", "When", "Duration"];
        Assert.Empty(Words(400).Where(word => word.Any(char.IsLetterOrDigit)).Except(Words(width)).Except(titles));
    }

    [Fact]
    public void Hostile_text_of_an_answer_is_neither_markup_nor_an_escape_sequence()
    {
        const string Text = "[red]x[/] \u001b[2J\u0007 [[";
        JsonElement answer = JsonSerializer.SerializeToElement(
            new
            {
                at = "2026-01-31T12:00:00Z",
                history = "none",
                headline = new
                {
                    state = Text,
                    title = Text,
                    details = new[] { Text },
                    since = (string?)null,
                },
                problems = new[] { Text },
                @override = new
                {
                    verdict = Text,
                    reason = Text,
                    endsInSeconds = 5,
                },
                dependencies = new[]
                {
                    new
                    {
                        name = Text,
                        status = Text,
                        reason = Text,
                        latencyMs = (double?)null,
                        since = (string?)null,
                        windows = new { },
                    },
                },
                rules = new[]
                {
                    new
                    {
                        rule = Text,
                        methods = new[] { Text },
                        read = new
                        {
                            verdict = "closed",
                            wouldBe = "closed",
                            missing = new[] { Text },
                        },
                        write = new
                        {
                            verdict = "open",
                            wouldBe = "open",
                            missing = Array.Empty<string>(),
                        },
                    },
                },
                incidents = new[]
                {
                    new
                    {
                        dependency = Text,
                        reason = Text,
                        start = (string?)null,
                        end = (string?)null,
                        durationSeconds = (double?)null,
                    },
                },
            }
        );

        string text = Render(WatchView.Screen(answer, null, TimeSpan.Zero));

        Assert.Contains("[red]x[/]", text, StringComparison.Ordinal);
        Assert.DoesNotContain(text, c => c is '\u001b' or '\u0007');
    }

    /// <summary>The screen is renewed in place until it is cancelled, and the cursor is given back.</summary>
    [Fact]
    public async Task Watching_renews_the_screen_and_shows_the_cursor_again()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck());
        using RemoteApp app = new(new(hx.Address, null));
        StringWriter written = new();
        // Its methods lock it, so that what was written can be read meanwhile.
        TextWriter writer = TextWriter.Synchronized(written);
        IAnsiConsole screen = Terminal(writer);
        using CancellationTokenSource end = new();

        int Count(string text)
        {
            lock (writer)
            {
                return written.ToString().Split(text).Length - 1;
            }
        }

        Task<int> watching = WatchCommand.WatchAsync(app, screen, TextWriter.Null, end.Token);
        await Eventually.TrueAsync(() => Count("All routes are open") >= 2);
        await end.CancelAsync();

        Assert.Equal(0, await watching);
        Assert.Contains("\u001b[?25l", written.ToString(), StringComparison.Ordinal);
        Assert.True(
            written.ToString().LastIndexOf("\u001b[?25h", StringComparison.Ordinal)
                > written.ToString().LastIndexOf("\u001b[?25l", StringComparison.Ordinal),
            "The cursor stays hidden."
        );
    }

    /// <summary>A screen of a few lines shows the headline; the rest is cut.</summary>
    [Fact]
    public async Task Watching_on_a_low_screen_cuts_the_end_not_the_headline()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck());
        using RemoteApp app = new(new(hx.Address, null));
        StringWriter written = new();
        TextWriter writer = TextWriter.Synchronized(written);
        IAnsiConsole screen = Terminal(writer);
        screen.Profile.Height = 4;
        using CancellationTokenSource end = new();

        string Written()
        {
            lock (writer)
            {
                return written.ToString();
            }
        }

        Task<int> watching = WatchCommand.WatchAsync(app, screen, TextWriter.Null, end.Token);
        await Eventually.TrueAsync(() => Written().Contains("All routes are open", StringComparison.Ordinal));
        string shown = Written();
        await end.CancelAsync();
        await watching;

        Assert.DoesNotContain("Ctrl+C", shown, StringComparison.Ordinal);
        // What was cut is shown when it ends.
        Assert.Contains("Ctrl+C", Written(), StringComparison.Ordinal);
    }

    private static string Render(Spectre.Console.Rendering.IRenderable screen)
    {
        StringWriter text = new();
        IAnsiConsole console = AnsiConsole.Create(
            new()
            {
                Ansi = AnsiSupport.No,
                ColorSystem = ColorSystemSupport.NoColors,
                Out = new AnsiConsoleOutput(text),
            }
        );
        console.Profile.Width = 160;
        console.Write(screen);
        return text.ToString();
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        StringWriter output = new(),
            error = new();
        int code = await HxCommand.RunAsync(["watch", .. arguments], output, error);
        return (code, output.ToString(), error.ToString());
    }

    private static IAnsiConsole Terminal(TextWriter writer) =>
        AnsiConsole.Create(
            new()
            {
                Ansi = AnsiSupport.Yes,
                Interactive = InteractionSupport.Yes,
                Out = new AnsiConsoleOutput(writer),
            }
        );
}
