using System.Globalization;
using System.Net;
using System.Net.Sockets;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Gateways;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.SystemTests.Commands;

/// <summary><c>--functions URL --key-env NAME</c>: a running app is asked, and what goes wrong is one line.</summary>
[Trait(HxProgram.Trait, HxProgram.Any)]
public class RemoteCommandTests
{
    private const string NotOurs = "hx: the server there is not HxFunctions.";

    private static readonly (string Name, string? Value)[] Keys =
    [
        ("FUNCTION_KEY", "made-up-function-key"),
        ("MASTER_KEY", "made-up-master-key-of-tests"),
        ("WRONG_KEY", "c4n4ry-c4n4ry-c4n4ry"),
        ("EMPTY_KEY", ""),
    ];

    [Theory]
    [InlineData("guard /v1/keys --key-env=FUNCTION_KEY", 0, "open: rule /v1/keys")]
    [InlineData("guard /v1/keys --key-env=MASTER_KEY", 0, "open: rule /v1/keys")]
    [InlineData("guard /v1/models?a=b&method=x --key-env=FUNCTION_KEY", 0, "open: no rule guards this path")]
    [InlineData("override show --key-env=MASTER_KEY", 0, "no override")]
    [InlineData("override clear --key-env=MASTER_KEY", 0, "no override")]
    [InlineData("guard /v1/keys", 2, "hx: the app asks for a key (401): set HX_KEY, or name the variable that holds it with --key-env.")]
    [InlineData(
        "guard /v1/keys --key-env=WRONG_KEY",
        2,
        "hx: the app refuses the key (401): HX_KEY, or the variable that --key-env names, must hold a key."
    )]
    [InlineData(
        "override show",
        2,
        "hx: the app asks for its master key (401): set HX_KEY, or name the variable that holds it with --key-env."
    )]
    [InlineData(
        "override show --key-env=FUNCTION_KEY",
        2,
        "hx: the app refuses the key (401): HX_KEY, or the variable that --key-env names, must hold its master key."
    )]
    [InlineData("guard /v1/keys --key-env=EMPTY_KEY", 2, "hx: the environment variable that --key-env names is not set or empty.")]
    [InlineData("guard /v1/keys --key-env=NO_KEY", 2, "hx: the environment variable that --key-env names is not set or empty.")]
    public async Task App_with_keys_answers_by_the_key(string commandLine, int code, string line)
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys));

        HxProcess.Ending ending = await HxProcess.RunAsync($"{commandLine} --functions={hx.Address.AbsoluteUri}", Keys);

        Assert.Equal((code, line + "\n"), (ending.Code, ending.Output + ending.Error));
        Assert.Equal(code == 2, ending.Output.Length == 0);
    }

    [Fact]
    public async Task Override_is_set_on_a_running_app_and_closes_its_routes()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck());
        string functions = $"--functions={hx.Address.AbsoluteUri}";

        HxProcess.Ending set = await HxProcess.RunAsync($"override closed --for 2h --reason two+words --by me {functions}");
        HxProcess.Ending guard = await HxProcess.RunAsync($"guard /v1/keys {functions}");

        Assert.Equal((0, "closed for 2 h more, by me: two words\n", ""), (set.Code, set.Output, set.Error));
        Assert.Equal(1, guard.Code);
        Assert.StartsWith("closed: rule /v1/keys\n  override: closed for ", guard.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("guard /x --functions=nonsense", "hx: --functions must be an http or https URL.")]
    [InlineData("guard /x --functions=ftp://127.0.0.1", "hx: --functions must be an http or https URL.")]
    [InlineData(
        "guard /x --functions=http://127.0.0.1:1/guard?code=c4n4ry",
        "hx: --functions must be only the app's base URL. Put the key into an environment variable, and name it with --key-env."
    )]
    [InlineData(
        "guard /x --functions=http://c4n4ry@127.0.0.1:1",
        "hx: --functions must be only the app's base URL. Put the key into an environment variable, and name it with --key-env."
    )]
    public async Task Url_that_is_no_base_url_is_misuse(string commandLine, string line)
    {
        HxProcess.Ending ending = await HxProcess.RunAsync(commandLine);

        Assert.Equal((2, "", line), (ending.Code, ending.Output, Assert.Single(ending.ErrorLines)));
    }

    [Theory]
    [InlineData("guard /x")]
    [InlineData("override show")]
    public async Task Nobody_is_one_line(string commandLine)
    {
        HxProcess.Ending refused = await HxProcess.RunAsync(
            $"{commandLine} --functions=http://127.0.0.1:{FreePort.Next().ToString(CultureInfo.InvariantCulture)}"
        );
        HxProcess.Ending unknown = await HxProcess.RunAsync($"{commandLine} --functions=http://nobody.invalid");

        Assert.Equal(
            (1, "", "hx: the app can't be reached: the connection was refused or failed."),
            (refused.Code, refused.Output, Assert.Single(refused.ErrorLines))
        );
        Assert.Equal(
            (1, "", "hx: the app can't be reached: its host name does not resolve."),
            (unknown.Code, unknown.Output, Assert.Single(unknown.ErrorLines))
        );
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"status":"ok"}""")]
    [InlineData("""{"verdict":5,"override":5}""")]
    [InlineData("<html></html>")]
    [InlineData("")]
    public async Task Foreign_server_is_not_taken_for_ours(string body) => await AssertFaultAsync(StandInServer.Say(200, body), NotOurs);

    /// <summary>App Service, a load balancer and FastAPI, in front of the app or in its place.</summary>
    [Theory]
    [InlineData(301, "", "a redirect, which hx does not follow: use the URL that it redirects to.")]
    [InlineData(
        403,
        "Site Disabled",
        "something in front of the app refuses; is it stopped, or does a network rule keep this machine out?"
    )]
    [InlineData(404, "", "is that the app's base URL, without /api unless its host.json says so?")]
    [InlineData(404, """{"detail":"c4n4ry"}""", "is that the app's base URL, without /api unless its host.json says so?")]
    [InlineData(429, "[5]", "something in front of the app limits requests: try again later.")]
    [InlineData(500, """{"error":"c4n4ry"}""", "see the function app's log.")]
    [InlineData(502, "<html></html>", "something in front of the app does not reach it: is it running?")]
    [InlineData(503, "Function host is not running.", "the app is starting, stopped or overloaded: see its log.")]
    public async Task Status_of_somebody_else_is_told_with_what_it_means(int status, string body, string meaning) =>
        await AssertFaultAsync(StandInServer.Say(status, body), $"hx: the server there answers {status}: {meaning}");

    [Fact]
    public async Task Server_that_hangs_up_is_one_line() =>
        await AssertFaultAsync(StandInServer.Abort, "hx: the server there does not speak HTTP, or closed the connection.");

    /// <summary>What was sent may have come to pass, whatever became of the answer.</summary>
    [Theory]
    [InlineData("closed --reason x")]
    [InlineData("clear")]
    public async Task Override_whose_answer_is_lost_may_be_in_effect(string action)
    {
        const string MayBe = " It may be in effect: run 'hx override show'.";
        foreach (
            (RequestDelegate answer, string fault) in new (RequestDelegate, string)[]
            {
                (StandInServer.Abort, "the server there does not speak HTTP, or closed the connection." + MayBe),
                (EndEarlyAsync, "the server there does not speak HTTP, or closed the connection." + MayBe),
                (StandInServer.NeverAsync, "the app did not answer within 10 s." + MayBe),
                (StandInServer.Say(500, ""), "the server there answers 500: see the function app's log." + MayBe),
                (
                    StandInServer.Say(504, "<html></html>"),
                    "the server there answers 504: something in front of the app does not reach it: is it running?" + MayBe
                ),
                (
                    StandInServer.Say(403, ""),
                    "the server there answers 403: something in front of the app refuses; is it stopped, or does a network rule keep this "
                        + "machine out?"
                ),
            }
        )
        {
            await using StandInServer server = await StandInServer.StartAsync();
            server.Answer = answer;

            HxProcess.Ending ending = await HxProcess.RunAsync($"override {action} --functions={server.Url}");

            Assert.Equal((1, "", $"hx: {fault}"), (ending.Code, ending.Output, Assert.Single(ending.ErrorLines)));
        }
    }

    [Fact]
    public async Task Override_that_was_never_sent_is_not_in_effect()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync($"override clear --functions=http://127.0.0.1:{FreePort.Next()}");

        Assert.Equal(["hx: the app can't be reached: the connection was refused or failed."], ending.ErrorLines);
    }

    [Fact]
    public async Task Server_that_does_not_speak_http_is_one_line()
    {
        await using RedisServer redis = await RedisServer.StartAsync();

        HxProcess.Ending ending = await HxProcess.RunAsync(
            $"guard /x --functions=http://127.0.0.1:{redis.Port.ToString(CultureInfo.InvariantCulture)}"
        );

        Assert.Equal(
            (1, "", "hx: the server there does not speak HTTP, or closed the connection."),
            (ending.Code, ending.Output, Assert.Single(ending.ErrorLines))
        );
    }

    [Fact]
    public async Task Answer_that_never_comes_is_one_line()
    {
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();

        HxProcess.Ending ending = await HxProcess.RunAsync($"guard /x --functions=http://{silent.LocalEndpoint}");

        Assert.Equal((1, "", "hx: the app did not answer within 10 s."), (ending.Code, ending.Output, Assert.Single(ending.ErrorLines)));
    }

    /// <summary>Half of what it announces.</summary>
    private static async Task EndEarlyAsync(HttpContext context)
    {
        context.Response.ContentLength = 100;
        await context.Response.WriteAsync("{\"override\":");
        await context.Response.Body.FlushAsync();
        context.Abort();
    }

    private static async Task AssertFaultAsync(RequestDelegate answer, string line)
    {
        await using StandInServer server = await StandInServer.StartAsync();
        server.Answer = answer;
        foreach (string commandLine in new[] { "guard /x", "override show" })
        {
            HxProcess.Ending ending = await HxProcess.RunAsync($"{commandLine} --functions={server.Url}");
            Assert.Equal((1, "", line), (ending.Code, ending.Output, Assert.Single(ending.ErrorLines)));
        }
    }
}
