using System.Text.Json;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Commands;
using HxFunctions.Tests;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>What <c>hx gateway check</c> is given: allowlists, and what is wrong with a command line.</summary>
[Trait(HxProgram.Trait, HxProgram.Any)]
public sealed class GatewayCheckInputTests
{
    [Fact]
    public async Task Allowlist_is_held_against_the_rules_of_the_configuration_or_of_a_running_guard()
    {
        string ready = Path.Combine(Repository.Root, "infra", "gateways", "allowlist.txt");
        using ThrowAwayDirectory folder = new("hx-allowlist-");
        string other = Path.Combine(folder.Path, "allowlist.txt");
        await File.WriteAllTextAsync(other, "GET /v1/models\nPOST /api/v1/keys\nGET /.hx/canary\n");
        (string, string?)[] here = [("PG_URL", "postgresql://127.0.0.1:1/x"), ("REDIS_URL", "redis://127.0.0.1:1")];
        await using HxInstance hx = await Surface.StartCheckedAsync(
            StubCheck.Failing(),
            ("WRAPPER_KEYS", Surface.Keys),
            ("GUARD_BASE_PATH", "/api")
        );
        string remote = $"--functions {hx.Address} --key-env HX_KEY";
        (string, string?) key = ("HX_KEY", "made-up-function-key");

        HxProcess.Ending readyHere = await HxProcess.RunAsync($"gateway check --allowlist {ready}", here),
            readyThere = await HxProcess.RunAsync($"gateway check --allowlist {ready} {remote}", key),
            otherHere = await HxProcess.RunAsync($"gateway check --allowlist {other}", here),
            otherThere = await HxProcess.RunAsync($"gateway check --allowlist {other} {remote} --json", key),
            refused = await HxProcess.RunAsync($"gateway check --allowlist {other} {remote}", ("HX_KEY", "another-made-up-key"));

        Assert.True(readyHere.Code == 0 && readyThere.Code == 0, readyHere.Output + readyHere.Error + readyThere.Output + readyThere.Error);
        Assert.Matches(@"allowlist +pass +0 of \d+ entries guarded", readyThere.Output);
        // The base path is the guard's to know: here there is none.
        Assert.Equal(1, otherHere.Code);
        Assert.Contains("    line 3: GET /.hx/canary: the rule /.hx/canary\n", otherHere.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("line 2", otherHere.Output, StringComparison.Ordinal);
        Assert.Equal(1, otherThere.Code);
        Assert.Equal(
            ["line 1 pass", "line 2 fail", "line 3 fail"],
            JsonDocument
                .Parse(otherThere.Output)
                .RootElement.GetProperty("checks")
                .EnumerateArray()
                .Select(check => $"{check.GetProperty("name")} {check.GetProperty("status")}")
        );
        Assert.Equal((2, ""), (refused.Code, refused.Output));
    }

    [Theory]
    [InlineData("", "give the gateway's base URL, --allowlist, or both.")]
    [InlineData("gateway.example", "URL must be an http or https URL.")]
    [InlineData("ftp://gateway.example", "URL must be an http or https URL.")]
    [InlineData(
        "https://gateway.example?code=c4n4ry",
        "URL must be only the gateway's base URL. Put the key into an environment variable, and name it with --header-env."
    )]
    [InlineData(
        "https://user:c4n4ry@gateway.example",
        "URL must be only the gateway's base URL. Put the key into an environment variable, and name it with --header-env."
    )]
    [InlineData(
        "https://gateway.example/a%20c4n4ry",
        "the path of URL can only have letters, digits and '.', '_', '~', '-' between slashes."
    )]
    [InlineData("https://gateway.example --direct c4n4ry", "--direct must be an http or https URL.")]
    [InlineData("https://gateway.example --open c4n4ry", "--open must be a path as it is sent: it begins with '/' and has no spaces.")]
    [InlineData("https://gateway.example --timeout 0", "--timeout must be a time such as 90s, 10m or 1h30m, from 0.1 s to 5 min.")]
    [InlineData("https://gateway.example --base-path c4n4ry", "--base-path must start with '/'.")]
    [InlineData("https://gateway.example --junit /c4n4ry/x.xml", "--junit names a file in a folder that does not exist.")]
    [InlineData(
        "https://gateway.example --header-env Authorization",
        "--header-env must be NAME=VARIABLE: a header's name and the name of an environment variable."
    )]
    [InlineData(
        "https://gateway.example --header-env A:c4n4ry=X",
        "--header-env must be NAME=VARIABLE: a header's name and the name of an environment variable."
    )]
    [InlineData(
        "https://gateway.example --header-env Authorization=C4N4RY",
        "the environment variable that --header-env names is not set or empty."
    )]
    [InlineData("https://gateway.example --header-env Host=TWO_LINES", "--header-env can't set this header: hx writes it itself.")]
    [InlineData(
        "https://gateway.example --header-env Authorization=TWO_LINES",
        "the environment variable that --header-env names holds a line break or another character that no HTTP header can have."
    )]
    [InlineData("--allowlist c4n4ry.txt", "the file that --allowlist names can't be read. Does it exist, and may this user read it?")]
    [InlineData("--allowlist .", "the file that --allowlist names can't be read. Does it exist, and may this user read it?")]
    [InlineData("--allowlist local.settings.json", "the allowlist line 1: is not a method and a path.")]
    [InlineData("--allowlist x --direct http://gateway.example", "--direct is compared with a gateway: give the gateway's URL, too.")]
    [InlineData(
        "https://gateway.example --functions https://functions.example",
        "--functions and --key-env only work together with --allowlist. To send the gateway a header, use --header-env."
    )]
    public async Task Misuse_is_one_line_and_nothing_is_asked(string arguments, string problem)
    {
        HxProcess.Ending ending = await HxProcess.RunAsync(
            $"gateway check {arguments}",
            """{"Values":{}}""",
            [("TWO_LINES", "c4n4ry\r\nX: y")]
        );

        Assert.Equal((2, ""), (ending.Code, ending.Output));
        Assert.Equal($"hx: {problem}", ending.ErrorLines[0]);
        // What the parser itself finds has a line more, which says where to look.
        bool isParsers = arguments.Contains("--timeout", StringComparison.Ordinal);
        Assert.Equal(isParsers ? ["Try 'hx gateway check --help'."] : [], ending.ErrorLines[1..]);
    }
}
