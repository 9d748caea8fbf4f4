using System.Globalization;
using System.Net;
using System.Net.Sockets;
using HxFunctions.Servers;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

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
    [InlineData(200, "application/json", "{}")]
    [InlineData(200, "application/json", "[]")]
    [InlineData(200, "application/json", """{"status":"ok"}""")]
    [InlineData(200, "application/json", """{"verdict":5,"override":5}""")]
    [InlineData(200, "text/html", "<html></html>")]
    [InlineData(200, "text/html", "")]
    [InlineData(404, "text/plain", "")]
    [InlineData(500, "application/json", """{"error":"c4n4ry"}""")]
    [InlineData(302, "text/html", "")]
    public async Task Foreign_server_is_not_taken_for_ours(int status, string type, string body)
    {
        await using WebApplication foreign = await StartForeignAsync(status, type, body);

        foreach (string commandLine in new[] { "guard /x", "override show" })
        {
            HxProcess.Ending ending = await HxProcess.RunAsync($"{commandLine} --functions={foreign.Urls.First()}");
            Assert.Equal((1, "", NotOurs), (ending.Code, ending.Output, Assert.Single(ending.ErrorLines)));
        }
    }

    [Fact]
    public async Task Server_that_does_not_speak_http_is_one_line()
    {
        await using RedisServer redis = await RedisServer.StartAsync();

        HxProcess.Ending ending = await HxProcess.RunAsync(
            $"guard /x --functions=http://127.0.0.1:{redis.Port.ToString(CultureInfo.InvariantCulture)}"
        );

        Assert.Equal((1, "", NotOurs), (ending.Code, ending.Output, Assert.Single(ending.ErrorLines)));
    }

    [Fact]
    public async Task Answer_that_never_comes_is_one_line()
    {
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();

        HxProcess.Ending ending = await HxProcess.RunAsync($"guard /x --functions=http://{silent.LocalEndpoint}");

        Assert.Equal((1, "", "hx: the app did not answer within 10 s."), (ending.Code, ending.Output, Assert.Single(ending.ErrorLines)));
    }

    private static async Task<WebApplication> StartForeignAsync(int status, string type, string body)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        app.Run(context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = type;
            if (status == 302)
            {
                context.Response.Headers.Location = "/elsewhere";
            }

            return context.Response.WriteAsync(body);
        });
        await app.StartAsync();
        return app;
    }
}
