using System.Diagnostics;
using System.Text.Json;
using HxFunctions.Servers;
using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Commands;

/// <summary><c>hx check</c>, <c>hx guard</c> and <c>hx override</c> against servers, or against nobody.</summary>
[Trait(HxProgram.Trait, HxProgram.Any)]
public class ProbeCommandTests(ITestOutputHelper output)
{
    private const string Refused =
        " (connection_refused): check whether the server is running, and whether the port is right: nothing listens there.";

    private static readonly (string Name, string? Value)[] Nobody =
    [
        ("PG_URL", "postgresql://someone:c4n4ry@127.0.0.1:1/db"),
        ("REDIS_URL", "redis://:c4n4ry@127.0.0.1:1"),
        ("QDRANT_URL", "http://127.0.0.1:1"),
        ("QDRANT_API_KEY", "c4n4ry"),
    ];

    [Fact]
    public async Task Check_of_nobody_fails_and_says_what_to_look_at()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync("check", Nobody);

        Assert.Equal((1, ""), (ending.Code, ending.Error));
        string[] rows = [.. ending.Output.Split('\n').Where(l => l.Contains("connection_refused", StringComparison.Ordinal))];
        Assert.Equal(["PostgreSQL", "Redis", "Qdrant"], rows.Select(r => r.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]));
        Assert.All(
            rows,
            row =>
                Assert.EndsWith(
                    "whether the server is running, and whether the port is right: nothing listens there",
                    row,
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public async Task Check_as_json_has_a_reason_for_each()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync("check --json", Nobody);

        Assert.Equal((1, ""), (ending.Code, ending.Error));
        JsonElement answer = JsonDocument.Parse(ending.Output).RootElement;
        Assert.Equal("fail", answer.GetProperty("status").GetString());
        Assert.Equal(
            ["postgres fail connection_refused", "redis fail connection_refused", "qdrant fail connection_refused"],
            answer
                .GetProperty("dependencies")
                .EnumerateObject()
                .Select(d => $"{d.Name} {d.Value.GetProperty("status")} {d.Value.GetProperty("reason")}")
        );
    }

    [Fact]
    public async Task Check_shows_the_drivers_errors_on_stderr_when_asked_to()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync("check --json", [.. Nobody, ("WRAPPER_LOG_LEVEL", "DEBUG")]);

        Assert.Equal(1, ending.Code);
        Assert.Equal("fail", JsonDocument.Parse(ending.Output).RootElement.GetProperty("status").GetString());
        Assert.Contains("PostgreSQL probe failed with connection_refused", ending.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("c4n4ry", ending.Error, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>What an operator reads at night: what was tried, in order, and what the servers said.</summary>
    [Fact]
    public async Task Check_shows_its_steps_and_the_servers_own_words_when_asked_to()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        (string, string?)[] variables =
        [
            ("ENABLE_DB_GUARD", "false"),
            ("PG_URL", $"postgresql://hx:c4n4ry@127.0.0.1:1,localhost:{server.Port}/hx"),
            ("PG_TIMEOUT", "5"),
            ("HEALTH_CHECK_TIMEOUT", "6"),
        ];
        HxProcess.Ending ending = await HxProcess.RunAsync("check --verbose", variables);

        Assert.Equal((1, ""), (ending.Code, ending.Error));
        string[] steps = [.. ending.Output.Split('\n').Where(line => line.Contains(" ms  ", StringComparison.Ordinal)).Skip(1)];
        Assert.Contains("connect to host 1 of 2", steps[0], StringComparison.Ordinal);
        Assert.Contains("Connection refused", steps[0], StringComparison.Ordinal);
        Assert.Contains("resolve the name of host 2 of 2", steps[1], StringComparison.Ordinal);
        Assert.Contains("28P01: password authentication failed", ending.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("c4n4ry", ending.Output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("127.0.0.1", ending.Output, StringComparison.OrdinalIgnoreCase);

        HxProcess.Ending json = await HxProcess.RunAsync("check --verbose --json", variables);
        JsonElement postgres = JsonDocument.Parse(json.Output).RootElement.GetProperty("dependencies").GetProperty("postgres");
        Assert.Equal("connect to host 1 of 2", postgres.GetProperty("steps")[0].GetProperty("what").GetString());
    }

    /// <summary>A new process on a busy machine: what loading and compiling takes there is no server's fault.</summary>
    [Fact]
    public async Task Check_on_a_busy_machine_passes_with_the_servers_own_latency()
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync();
        await using RedisServer redis = await RedisServer.StartAsync();
        int loops = 4 * Environment.ProcessorCount;
        Process[] busy = [.. Enumerable.Range(0, loops).Select(_ => Process.Start("timeout", ["120", "sh", "-c", "while :; do :; done"]))];
        try
        {
            for (int i = 0; i < 3; i++)
            {
                HxProcess.Ending ending = await HxProcess.RunAsync(
                    "check --json",
                    ("ENABLE_DB_GUARD", "false"),
                    ("PG_URL", postgres.Url),
                    ("REDIS_URL", redis.Url)
                );
                Assert.True(ending.Code == 0, ending.Output + ending.Error);
                foreach (JsonProperty d in JsonDocument.Parse(ending.Output).RootElement.GetProperty("dependencies").EnumerateObject())
                {
                    output.WriteLine($"{d.Name}: {d.Value.GetProperty("latencyMs")} ms");
                }
            }
        }
        finally
        {
            foreach (Process process in busy)
            {
                process.Kill(entireProcessTree: true);
                process.Dispose();
            }
        }
    }

    [Fact]
    public async Task Check_of_nothing_is_misuse()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync("check", ("ENABLE_DB_GUARD", "false"));

        Assert.Equal((2, ""), (ending.Code, ending.Output));
        Assert.Equal(["hx: nothing to check: set PG_URL, REDIS_URL or QDRANT_URL."], ending.ErrorLines);
    }

    [Fact]
    public async Task Check_of_what_works_passes()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync("made-up-key");

        HxProcess.Ending ending = await HxProcess.RunAsync(
            "check",
            ("ENABLE_DB_GUARD", "false"),
            ("QDRANT_URL", qdrant.Url),
            ("QDRANT_API_KEY", "made-up-key")
        );
        HxProcess.Ending wrongKey = await HxProcess.RunAsync(
            "check",
            ("ENABLE_DB_GUARD", "false"),
            ("QDRANT_URL", qdrant.Url),
            ("QDRANT_API_KEY", "another")
        );

        Assert.Equal((0, ""), (ending.Code, ending.Error));
        Assert.Matches(@"Qdrant +up +ok ", ending.Output);
        Assert.Equal(1, wrongKey.Code);
        Assert.Matches(@"Qdrant +down ", wrongKey.Output);
        Assert.Contains("authentication_failed", wrongKey.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("guard /v1/models", 0, "open: no rule guards this path\n")]
    [InlineData("guard /v1/models -X POST", 0, "open: no rule guards this path\n")]
    [InlineData(
        "guard /v1/keys",
        1,
        "closed: rule /v1/keys\n  Qdrant: connection_refused (check whether the server is running, and whether the port is "
            + "right: nothing listens there)\n  "
            + "could next change in 4 s\n"
    )]
    [InlineData(
        "guard /V1/k%65ys/ --method DELETE",
        1,
        "closed: rule /v1/keys\n  Qdrant: connection_refused (check whether the server is running, and whether the port is "
            + "right: nothing listens there)\n  "
            + "could next change in 4 s\n"
    )]
    public async Task Guard_tells_by_its_exit_code_and_says_why(string commandLine, int code, string output)
    {
        HxProcess.Ending ending = await HxProcess.RunAsync(
            commandLine,
            ("GUARD_ROUTES", "/v1/keys=qdrant"),
            ("QDRANT_URL", "http://127.0.0.1:1")
        );

        Assert.Equal((code, output, ""), (ending.Code, ending.Output, ending.Error));
    }

    [Fact]
    public async Task Guard_that_can_not_see_an_override_says_so()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync(
            "guard /v1/models",
            ("GUARD_ROUTES", "/v1/keys=redis"),
            ("REDIS_URL", "redis://127.0.0.1:1")
        );

        Assert.Equal((0, "open: no rule guards this path\n"), (ending.Code, ending.Output));
        Assert.Equal(["hx: Redis did not answer. If an override is in effect, it is unknown here."], ending.ErrorLines);
    }

    [Fact]
    public async Task Guard_in_shadow_mode_passes_and_says_what_it_would_do()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync(
            "guard /v1/keys",
            ("GUARD_ROUTES", "/v1/keys=qdrant"),
            ("QDRANT_URL", "http://127.0.0.1:1"),
            ("GUARD_MODE", "shadow")
        );

        Assert.Equal(0, ending.Code);
        Assert.StartsWith(
            "open: rule /v1/keys (shadow mode: it would be closed)\n  Qdrant: connection_refused",
            ending.Output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Guard_as_json_is_the_http_answer()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync(
            "guard /v1/keys --json",
            ("GUARD_ROUTES", "/v1/keys=qdrant"),
            ("QDRANT_URL", "http://127.0.0.1:1")
        );

        Assert.Equal((1, ""), (ending.Code, ending.Error));
        JsonElement answer = JsonDocument.Parse(ending.Output).RootElement;
        Assert.Equal(
            ("closed", "Gateway dependency unavailable: Qdrant."),
            (answer.GetProperty("verdict").GetString(), answer.GetProperty("detail").GetString())
        );
    }

    [Theory]
    [InlineData("override closed", "hx: --reason is required: it is shown with every verdict.")]
    [InlineData("override open --reason +", "hx: --reason is required: it is shown with every verdict.")]
    [InlineData("override closed --reason x --for 0s", "hx: --for must be a time such as 90s, 10m or 1h30m, from 1 s to 24 h.")]
    [InlineData("override closed --reason x --for 25h", "hx: --for must be a time such as 90s, 10m or 1h30m, from 1 s to 24 h.")]
    [InlineData("override closed --reason x --for 10", "hx: --for must be a time such as 90s, 10m or 1h30m, from 1 s to 24 h.")]
    [InlineData("override closed --reason x --for -5m", "hx: --for must be a time such as 90s, 10m or 1h30m, from 1 s to 24 h.")]
    [InlineData("override closed --reason x --for 2d", "hx: --for must be a time such as 90s, 10m or 1h30m, from 1 s to 24 h.")]
    [InlineData("override clear", "hx: REDIS_URL is not set. Set it, or give the URL of a running app with --functions or HX_URL.")]
    [InlineData("override show", "hx: REDIS_URL is not set. Set it, or give the URL of a running app with --functions or HX_URL.")]
    public async Task Override_checks_its_arguments_first(string commandLine, string line)
    {
        HxProcess.Ending ending = await HxProcess.RunAsync(commandLine, ("ENABLE_DB_GUARD", "false"));

        Assert.Equal((2, ""), (ending.Code, ending.Output));
        Assert.Equal(line, ending.ErrorLines[0]);
        Assert.Equal(commandLine.Contains("--for", StringComparison.Ordinal) ? ["Try 'hx override --help'."] : [], ending.ErrorLines[1..]);
    }

    [Theory]
    [InlineData(201, 1, "hx: --reason must be at most 200 characters.")]
    [InlineData(1, 101, "hx: --by must be at most 100 characters.")]
    public async Task Override_has_texts_of_bounded_length(int reason, int by, string line)
    {
        HxProcess.Ending ending = await HxProcess.RunAsync(
            $"override closed --reason {new string('r', reason)} --by {new string('b', by)}",
            ("ENABLE_DB_GUARD", "false")
        );

        Assert.Equal((2, line), (ending.Code, Assert.Single(ending.ErrorLines)));
    }

    [Theory]
    [InlineData("override show", "hx: Redis did not answer" + Refused)]
    [InlineData("override clear", "hx: Redis did not answer or did not store it; nothing was changed" + Refused)]
    [InlineData("override closed --reason x", "hx: Redis did not answer or did not store it; nothing was changed" + Refused)]
    public async Task Override_without_redis_changes_nothing_and_says_so(string commandLine, string line)
    {
        HxProcess.Ending ending = await HxProcess.RunAsync(
            commandLine,
            ("GUARD_ROUTES", "/v1/keys=redis"),
            ("REDIS_URL", "redis://:c4n4ry@127.0.0.1:1")
        );

        Assert.Equal((1, ""), (ending.Code, ending.Output));
        Assert.Equal([line], ending.ErrorLines);
    }

    [Fact]
    public async Task Override_through_redis_is_set_shown_and_cleared()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        (string Name, string? Value)[] variables = [("GUARD_ROUTES", "/v1/keys=redis"), ("REDIS_URL", redis.Url)];

        HxProcess.Ending set = await HxProcess.RunAsync("override closed --for 90s --reason restoring+a+backup --by me", variables);
        HxProcess.Ending shown = await HxProcess.RunAsync("override show", variables);
        HxProcess.Ending guard = await HxProcess.RunAsync("guard /v1/keys", variables);
        HxProcess.Ending cleared = await HxProcess.RunAsync("override clear", variables);
        HxProcess.Ending after = await HxProcess.RunAsync("guard /v1/keys", variables);

        Assert.Equal((0, "closed for 1 min 30 s more, by me: restoring a backup\n"), (set.Code, set.Output));
        Assert.Equal(
            "hx: no running instance uses this configuration: none has stored a record for the same settings. Use --functions to "
                + "tell a running app directly.",
            Assert.Single(set.ErrorLines)
        );
        Assert.Equal(0, shown.Code);
        Assert.Matches(@"\Aclosed for 1 min \d+ s more, by me: restoring a backup\n\z", shown.Output);
        Assert.Equal(1, guard.Code);
        Assert.Matches(
            @"\Aclosed: rule /v1/keys\n  override: closed for 1 min \d+ s more: restoring a backup\n  could next change in 1 min \d+ s\n\z",
            guard.Output
        );
        Assert.Equal((0, "no override\n"), (cleared.Code, cleared.Output));
        Assert.Equal((0, "open: rule /v1/keys\n"), (after.Code, after.Output));
    }
}
