using HxFunctions.Servers;
using HxFunctions.Tests.Commands;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;
using YamlDotNet.RepresentationModel;

namespace HxFunctions.SystemTests.Commands;

/// <summary><c>HX_URL</c>, <c>HX_KEY</c> and <c>--env-file</c>: what needs no option.</summary>
[Trait(HxProgram.Trait, HxProgram.Any)]
public sealed class EnvironmentDefaultTests : IDisposable
{
    private const string FunctionKey = "made-up-function-key";

    private readonly ThrowAwayDirectory _directory = new("hx-env-file-");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("guard /v1/keys", "open: rule /v1/keys\n")]
    [InlineData("watch --once", "")]
    [InlineData("ready", "ready\n")]
    public async Task App_and_key_come_from_the_environment(string commandLine, string expected)
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys));

        HxProcess.Ending ending = await HxProcess.RunAsync(commandLine, ("HX_URL", hx.Address.AbsoluteUri), ("HX_KEY", FunctionKey));

        Assert.Equal((0, ""), (ending.Code, ending.Error));
        Assert.Contains(expected, ending.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(FunctionKey, ending.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("guard /v1/keys", "open: rule /v1/keys\n")]
    [InlineData("watch --once", "")]
    [InlineData("ready", "ready\n")]
    public async Task App_and_key_come_from_the_file_of_settings(string commandLine, string expected)
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys));
        string file = $$$"""{"Values":{"HX_URL":"{{{hx.Address}}}","HX_KEY":"{{{FunctionKey}}}"}}""";

        HxProcess.Ending ending = await HxProcess.RunAsync(commandLine, file, []);

        Assert.Equal((0, ""), (ending.Code, ending.Error));
        Assert.Contains(expected, ending.Output, StringComparison.Ordinal);
    }

    /// <summary>A folder from elsewhere may bring a file that names its author's server.</summary>
    [Theory]
    [InlineData("watch --once", "")]
    [InlineData("watch --once --functions {0}", "sent")]
    [InlineData("watch --once --key-env HX_KEY", "sent")]
    public async Task Key_of_the_environment_goes_to_no_server_that_a_file_alone_names(string commandLine, string expected)
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys));
        string file = $$$"""{"Values":{"HX_URL":"{{{hx.Address}}}"}}""";

        HxProcess.Ending ending = await HxProcess.RunAsync(
            commandLine.Replace("{0}", hx.Address.AbsoluteUri, StringComparison.Ordinal),
            file,
            [("HX_KEY", FunctionKey)]
        );

        Assert.Equal(expected == "sent" ? 0 : 2, ending.Code);
        Assert.Equal(
            expected == "sent"
                ? ""
                : "hx: the app asks for a key (401): HX_KEY of the environment is not sent to a server that only "
                    + "local.settings.json names. Name the server with --functions.\n",
            ending.Error
        );
    }

    /// <summary>Whoever hides the file's URL means Redis.</summary>
    [Fact]
    public async Task Environment_goes_before_the_file_of_settings_even_when_it_is_empty()
    {
        const string File = """{"Values":{"HX_URL":"http://127.0.0.1:1"}}""";

        HxProcess.Ending other = await HxProcess.RunAsync("override show", File, [("HX_URL", "c4n4ry")]);
        HxProcess.Ending none = await HxProcess.RunAsync("override show", File, [("HX_URL", ""), ("ENABLE_DB_GUARD", "false")]);

        Assert.Equal(["hx: HX_URL must be an http or https URL."], other.ErrorLines);
        Assert.Equal((2, 2), (other.Code, none.Code));
        Assert.StartsWith("hx: REDIS_URL is not set.", none.Error, StringComparison.Ordinal);
    }

    /// <summary>Nobody listens on port 1. In .NET, this machine is no exception from a proxy.</summary>
    [Theory]
    [InlineData("guard /v1/keys")]
    [InlineData("watch --once")]
    [InlineData("ready")]
    [InlineData("override show", "made-up-master-key-of-tests")]
    [InlineData("routes check --openapi {0}openapi.json")]
    public async Task No_proxy_is_asked(string commandLine, string key = FunctionKey)
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys));
        string address = hx.Address.AbsoluteUri;

        HxProcess.Ending ending = await HxProcess.RunAsync(
            commandLine.Replace("{0}", address, StringComparison.Ordinal),
            ("HX_URL", address),
            ("HX_KEY", key),
            ("HTTP_PROXY", "http://127.0.0.1:1"),
            ("http_proxy", "http://127.0.0.1:1"),
            ("ALL_PROXY", "http://127.0.0.1:1")
        );

        // The stub's openapi.json is no gateway's: what matters is that it came.
        Assert.DoesNotContain("can't be reached", ending.Error, StringComparison.Ordinal);
        Assert.NotEmpty(ending.Output + ending.Error);
    }

    [Fact]
    public async Task Folder_that_is_gone_is_one_without_a_file_of_settings()
    {
        await using HxProcess hx = HxProcess.StartAfter("rmdir \"$PWD\"", "config -o json", ("ENABLE_DB_GUARD", "false"));

        HxProcess.Ending ending = await hx.EndAsync();

        Assert.Equal((0, ""), (ending.Code, ending.Error));
        Assert.Contains("ENABLE_DB_GUARD", ending.Output, StringComparison.Ordinal);
    }

    /// <summary>A key that is meant for one server is no other's business.</summary>
    [Fact]
    public async Task Key_is_sent_to_no_other_server_than_that_of_the_url()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys));
        string commandLine = $"guard /v1/keys --functions {hx.Address}";

        HxProcess.Ending alone = await HxProcess.RunAsync(commandLine, ("HX_KEY", FunctionKey));
        HxProcess.Ending other = await HxProcess.RunAsync(commandLine, ("HX_KEY", FunctionKey), ("HX_URL", "http://other.example"));
        HxProcess.Ending named = await HxProcess.RunAsync(
            $"{commandLine} --key-env MINE",
            ("HX_KEY", "another-made-up-key"),
            ("MINE", FunctionKey)
        );

        Assert.Equal((0, ""), (alone.Code, alone.Error));
        Assert.Equal(2, other.Code);
        Assert.Equal(
            ["hx: the app asks for a key (401): HX_KEY is only sent to the server of HX_URL. Name another variable with --key-env."],
            other.ErrorLines
        );
        Assert.Equal((0, ""), (named.Code, named.Error));
    }

    [Fact]
    public async Task Url_that_is_wrong_is_told_by_its_variable()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync("watch --once", ("HX_URL", "c4n4ry"));

        Assert.Equal((2, ""), (ending.Code, ending.Output));
        Assert.Equal(["hx: HX_URL must be an http or https URL."], ending.ErrorLines);
    }

    [Fact]
    public async Task File_of_variables_stands_behind_the_environment()
    {
        string file = Write("# of systemd's form\nPG_TIMEOUT=1\nREDIS_TIMEOUT=\"1.5\"\nHX_KEY=c4n4ry\nENABLE_DB_GUARD=false\n");

        HxProcess.Ending ending = await HxProcess.RunAsync(
            $"config -o yaml --env-file {file}",
            """{"Values":{"REDIS_TIMEOUT":"2","QDRANT_TIMEOUT":"2.5"}}""",
            [("PG_TIMEOUT", "2")]
        );

        Assert.Equal((0, ""), (ending.Code, ending.Error));
        YamlMappingNode variables = (YamlMappingNode)OutputFormats.Read(ending.Output)["variables"];
        Assert.Equal(("2", "environment"), Of("PG_TIMEOUT"));
        Assert.Equal(("1.5", "my.env"), Of("REDIS_TIMEOUT"));
        Assert.Equal(("2.5", "local.settings.json"), Of("QDRANT_TIMEOUT"));
        Assert.Equal(("***", "my.env"), Of("HX_KEY"));
        (string, string) Of(string name) => (variables[name]["value"].ToString(), variables[name]["source"].ToString());
    }

    [Theory]
    [InlineData("A=\"c4n4ry", "the file that --env-file names has a quote that is not closed, or a backslash at the end, in line 1.")]
    [InlineData("export A=c4n4ry", "the file that --env-file names has 'export A': remove 'export', which systemd doesn't understand.")]
    [InlineData("A=1\nGUARD_MODE: c4n4ry\n", "line 2 of the file that --env-file names is neither NAME=value nor a comment.")]
    [InlineData(null, "the file that --env-file names can't be read. Does it exist, may this user read it, and is it smaller than 4 MB?")]
    public async Task File_that_is_wrong_is_told_without_quoting_it(string? text, string problem)
    {
        string file = text is null ? Path.Combine(_directory.Path, "c4n4ry") : Write(text);

        HxProcess.Ending ending = await HxProcess.RunAsync($"config --env-file {file}");

        Assert.Equal((2, ""), (ending.Code, ending.Output));
        Assert.Equal([$"hx: {problem}"], ending.ErrorLines);
    }

    private string Write(string text)
    {
        string file = Path.Combine(_directory.Path, "my.env");
        File.WriteAllText(file, text);
        return file;
    }
}
