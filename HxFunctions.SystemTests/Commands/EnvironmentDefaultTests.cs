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
    [InlineData("watch --once", "HX_KEY")]
    [InlineData("watch --once --key-env MINE", "MINE")]
    [InlineData("watch --once --key-env MINE__TOO", "MINE__TOO")]
    [InlineData("guard /v1/keys --key-env hx_key", "hx_key")]
    [InlineData("override closed --reason x --key-env MINE", "MINE")]
    [InlineData("gateway check --allowlist {1} --key-env MINE", "MINE")]
    [InlineData("watch --once --functions {0}", null)]
    [InlineData("watch --once --functions {0} --key-env MINE", null)]
    public async Task Key_of_the_environment_goes_to_no_server_that_a_file_alone_names(string commandLine, string? kept)
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys));
        string file = $$$"""{"Values":{"HX_URL":"{{{hx.Address}}}"}}""";

        HxProcess.Ending ending = await HxProcess.RunAsync(
            commandLine
                .Replace("{0}", hx.Address.AbsoluteUri, StringComparison.Ordinal)
                .Replace("{1}", Write("GET /v1/models\n"), StringComparison.Ordinal),
            file,
            [(kept ?? "HX_KEY", FunctionKey), ("MINE", FunctionKey)]
        );

        if (kept is null)
        {
            Assert.Equal((0, ""), (ending.Code, ending.Error));
            return;
        }

        Assert.Equal(2, ending.Code);
        Assert.EndsWith(
            $" (401): {kept} of the environment is not sent to a server that only local.settings.json names. "
                + "Name the server with --functions.\n",
            ending.Error,
            StringComparison.Ordinal
        );
    }

    /// <summary>Both are of the folder then.</summary>
    [Fact]
    public async Task Key_of_the_file_goes_to_the_server_of_the_file_by_any_name()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys));
        string file = $$$"""{"Values":{"HX_URL":"{{{hx.Address}}}","MINE":"{{{FunctionKey}}}"}}""";

        HxProcess.Ending ending = await HxProcess.RunAsync("guard /v1/keys --key-env MINE", file, []);

        Assert.Equal((0, ""), (ending.Code, ending.Error));
    }

    /// <summary>Where hx serve is by a folder's file, <c>hx watch</c> asks it. The mapped address leads back to this machine, and isn't
    /// loopback's own.</summary>
    [Theory]
    [InlineData("127.0.0.1", false, true)]
    [InlineData("0.0.0.0", false, true)]
    [InlineData("::ffff:127.0.0.2", false, false)]
    [InlineData("::ffff:127.0.0.2", true, true)]
    public async Task Key_of_the_environment_goes_to_this_machine_alone_when_a_file_says_where_hx_serve_is(
        string host,
        bool isOfEnvironment,
        bool isSent
    )
    {
        await using HxProcess hx = HxProcess.Start(
            "serve --host 0.0.0.0 --port 0",
            null,
            ("ENABLE_DB_GUARD", "false"),
            ("WRAPPER_KEYS", Surface.Keys)
        );
        string port = (await hx.UntilPrintedAsync("listening on")).Split(':')[^1];
        string file = $$$"""{"Values":{"WRAPPER_HOST":"{{{host}}}","WRAPPER_PORT":"{{{port}}}"}}""";
        (string, string?)[] variables =
        [
            ("HX_KEY", FunctionKey),
            .. isOfEnvironment ? [("WRAPPER_HOST", host)] : Array.Empty<(string, string?)>(),
        ];

        HxProcess.Ending ending = await HxProcess.RunAsync("watch --once", file, variables);

        Assert.Equal(isSent, ending.Code != 2);
        Assert.Equal(!isSent, ending.Error.Contains("HX_KEY of the environment is not sent", StringComparison.Ordinal));
    }

    /// <summary>Under the Functions host the same file is the environment: <c>func start</c> puts it there.</summary>
    [Theory]
    [InlineData("A_TOKEN", "", true)]
    [InlineData("a_token", "", true)]
    [InlineData("A_TOKEN", ",\"A_TOKEN\":\"x\"", true)]
    [InlineData("B_TOKEN", ",\"B_TOKEN\":\"x\"", false)]
    public async Task Header_of_a_file_sends_no_variable_of_the_environment(string variable, string also, bool isRefused)
    {
        string entry = $"a=http://127.0.0.1:{FreePort.Next()}/ header:x-a=${variable}";
        string file = $$$"""{"Values":{"GUARD_ROUTES":"/v1/keys=a","DEPENDENCIES":"{{{entry}}}"{{{also}}}}}""";

        HxProcess.Ending ofFile = await HxProcess.RunAsync("check", file, [("A_TOKEN", "c4n4ry")]);
        HxProcess.Ending ofEnvironment = await HxProcess.RunAsync("check", file, [("A_TOKEN", "c4n4ry"), ("DEPENDENCIES", entry)]);

        Assert.Equal(isRefused ? 2 : 1, ofFile.Code);
        Assert.Equal(
            isRefused
                ? $"hx: DEPENDENCIES is in local.settings.json, so ${variable} of the environment is not sent: put both into the "
                    + "environment, or both into the file\n"
                : "",
            ofFile.Error
        );
        Assert.Equal((1, ""), (ofEnvironment.Code, ofEnvironment.Error));
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
