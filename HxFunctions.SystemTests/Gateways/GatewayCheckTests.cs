using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Xml.Linq;
using HxFunctions.Cli.Serving;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Commands;
using HxFunctions.Tests.Gateways;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace HxFunctions.SystemTests.Gateways;

/// <summary><c>hx gateway check</c> as a process, against real gateways before the real guard, and against some that don't
/// ask.</summary>
public sealed class GatewayCheckTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<string> _seen = [];
    private StandInServer _backend = null!;

    public async Task InitializeAsync()
    {
        _backend = await StandInServer.StartAsync();
        _backend.Answer = async context =>
        {
            string target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
            _seen.Enqueue($"{context.Request.Method} {target}");
            context.Response.StatusCode = target.EndsWith("/v1/models", StringComparison.Ordinal) ? 200 : 404;
            await context.Response.WriteAsync("{}");
        };
    }

    public async Task DisposeAsync() => await _backend.DisposeAsync();

    [Theory, Trait(HxProgram.Trait, HxProgram.Any)]
    [InlineData("nginx")]
    [InlineData("caddy")]
    [InlineData("haproxy")]
    public async Task Ready_gateway_passes_and_nothing_but_the_open_path_and_a_neighbour_gets_behind_it(string kind)
    {
        await using HxInstance hx = await StartGuardAsync();
        await using IGateway gateway = await StartAsync(kind, hx.Address.Port);
        using ThrowAwayDirectory folder = new("hx-gateway-check-");
        string file = Path.Combine(folder.Path, "gateway.xml");

        HxProcess.Ending ending = await HxProcess.RunAsync($"gateway check {UrlOf(gateway)} --timeout 20 --junit {file}");

        Assert.True(ending.Code == 0, ending.Output + ending.Error);
        Assert.StartsWith("  The gateway asks the guard, and obeys it.\n", ending.Output, StringComparison.Ordinal);
        Assert.Equal(["GET /.hx/canarx", "GET /v1/models", "GET /v1/models"], _seen.Order(StringComparer.Ordinal));
        XElement report = XDocument.Load(file).Root!;
        Assert.Equal(("hx gateway check", "0"), ((string?)report.Attribute("name"), (string?)report.Attribute("failures")));
        Assert.True((int)report.Attribute("tests")! > 60);
    }

    [Fact]
    public async Task Medians_with_and_without_the_guard_are_told()
    {
        await using HxInstance hx = await StartGuardAsync();
        await using IGateway nginx = await StartAsync("nginx", hx.Address.Port);

        HxProcess.Ending table = await HxProcess.RunAsync($"gateway check {UrlOf(nginx)} --timeout 20 --direct {_backend.Url}"),
            json = await HxProcess.RunAsync($"gateway check {UrlOf(nginx)} --timeout 20 --direct {_backend.Url} --json");

        Assert.True(table.Code == 0 && json.Code == 0, table.Output + json.Output);
        Assert.Matches(
            @"added time +pass +\d+\.\d\d ms with the guard, \d+\.\d\d ms without: [+-]\d+\.\d\d ms \(medians of 25\)",
            table.Output
        );
        JsonElement root = JsonDocument.Parse(json.Output).RootElement,
            time = root.GetProperty("addedTime");
        Assert.Equal(("pass", true), (root.GetProperty("status").GetString(), root.GetProperty("asksTheGuard").GetBoolean()));
        // Each of the three is rounded to a microsecond.
        Assert.Equal(
            time.GetProperty("addedMilliseconds").GetDouble(),
            time.GetProperty("withGuardMilliseconds").GetDouble() - time.GetProperty("withoutMilliseconds").GetDouble(),
            tolerance: 0.0016
        );
        Assert.True(time.GetProperty("withoutMilliseconds").GetDouble() > 0);
        JsonElement canary = root.GetProperty("canary");
        Assert.Equal((0, 0), (canary.GetProperty("gotThrough").GetInt32(), canary.GetProperty("leftOut").GetInt32()));
        Assert.Equal(
            canary.GetProperty("asks").GetInt32(),
            canary.GetProperty("refusedByGuard").GetInt32() + canary.GetProperty("refusedAsForm").GetInt32()
        );
    }

    /// <summary>A gateway mounted below a path: the guard must know it, or nothing there is guarded.</summary>
    [Theory]
    [InlineData("/api", 0)]
    [InlineData(null, 1)]
    public async Task Mount_path_is_asked_below_and_the_guard_must_know_it(string? basePath, int code)
    {
        await using HxInstance hx = await StartGuardAsync(("GUARD_BASE_PATH", basePath));
        await using IGateway nginx = await StartAsync("nginx", hx.Address.Port);

        HxProcess.Ending ending = await HxProcess.RunAsync($"gateway check {UrlOf(nginx)}/api --timeout 20");

        Assert.True(ending.Code == code, ending.Output + ending.Error);
        Assert.Contains("/api/v1/models (open path)", ending.Output, StringComparison.Ordinal);
        Assert.Equal(code == 1, ending.Output.Contains("got through: 404", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Backend_without_a_guard_is_told_in_the_first_line()
    {
        await using StarletteServer server = await StarletteServer.StartAsync(["GET\t/v1/models"], "httptools");

        HxProcess.Ending ending = await HxProcess.RunAsync($"gateway check http://127.0.0.1:{server.Port} --timeout 20");

        Assert.Equal((1, ""), (ending.Code, ending.Error));
        Assert.StartsWith("  The gateway does not ask the guard.\n", ending.Output, StringComparison.Ordinal);
        Assert.Contains("the canary as it is", ending.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("POST", ending.Output, StringComparison.Ordinal);
    }

    /// <summary>It asks the guard about the path as it is written and knows one spelling of it, and passes all else on.</summary>
    [Fact]
    public async Task Gateway_that_looks_for_the_literal_path_is_told_which_spellings_get_around_it()
    {
        await using HxInstance hx = await StartGuardAsync();
        await using RawServer gateway = RawServer.Start(async head =>
        {
            if (RawServer.TargetOf(head) != "/.hx/canary")
            {
                return RawServer.Say(404);
            }

            RawResponse verdict = await hx.RawAsync(
                "GET /guard",
                Surface.FunctionKey,
                "X-Original-URI: /.hx/canary",
                "X-Original-Method: GET"
            );
            return RawServer.Say(verdict.Status, verdict.Body, verdict.Headers["Content-Type"]);
        });

        HxProcess.Ending ending = await HxProcess.RunAsync($"gateway check {gateway.Url} --timeout 20");

        Assert.Equal(1, ending.Code);
        Assert.Matches(@"^  The canary got through in \d+ of \d+ requests\.\n", ending.Output);
        Assert.Matches("the canary as it is +pass +503 by the guard\n", ending.Output);
        Assert.Contains("    GET /.hx%2fcanary: got through: 404\n", ending.Output, StringComparison.Ordinal);
        Assert.Contains("    GET /.hx/zq/../canary: got through: 404\n", ending.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("caddy")]
    [InlineData("haproxy")]
    public async Task Guard_that_is_dead_or_refuses_the_key_is_told_as_such(string kind)
    {
        await using HxInstance hx = await StartGuardAsync();
        await using IGateway dead = await StartAsync(kind, FreePort.Next()),
            wrongKey = await StartAsync(kind, hx.Address.Port, "another-made-up-key");

        foreach (IGateway gateway in new[] { dead, wrongKey })
        {
            HxProcess.Ending ending = await HxProcess.RunAsync($"gateway check {UrlOf(gateway)} --timeout 20");

            Assert.Equal(1, ending.Code);
            Assert.StartsWith("  The gateway asks, but the guard gave no usable answer.\n", ending.Output, StringComparison.Ordinal);
            Assert.Contains(
                "What to do: is the guard up, and does the gateway ask it with the right key",
                ending.Output,
                StringComparison.Ordinal
            );
        }
    }

    /// <summary>An error page of something else is no refusal of the guard's.</summary>
    [Theory]
    [InlineData(503, "<html>Service Unavailable</html>", "text/html")]
    [InlineData(503, """{"type":"urn:hxfunctions:problem:canary"}""", "text/html")]
    [InlineData(503, """{"type":"about:blank","status":503}""", "application/problem+json")]
    public async Task Error_of_something_else_is_not_the_guards(int status, string body, string type)
    {
        _backend.Answer = StandInServer.Say(status, body, type);

        HxProcess.Ending ending = await HxProcess.RunAsync($"gateway check {_backend.Url} --timeout 20 --json");

        Assert.Equal(1, ending.Code);
        JsonElement root = JsonDocument.Parse(ending.Output).RootElement;
        Assert.Equal(JsonValueKind.Null, root.GetProperty("asksTheGuard").ValueKind);
        Assert.Equal("The gateway answers 503, and not with the guard's problem body.", root.GetProperty("headline").GetString());
    }

    [Fact]
    public async Task Gateway_that_hangs_is_given_up()
    {
        _backend.Answer = StandInServer.NeverAsync;

        HxProcess.Ending ending = await HxProcess.RunAsync($"gateway check {_backend.Url} --timeout 0.5");

        Assert.Equal(1, ending.Code);
        Assert.StartsWith("  The gateway gave no answer: no answer within 0.5 s.\n", ending.Output, StringComparison.Ordinal);
        Assert.Contains("1 request for the canary, ", ending.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_there_is_told_without_the_host()
    {
        string port = FreePort.Next().ToString(CultureInfo.InvariantCulture);

        HxProcess.Ending ending = await HxProcess.RunAsync($"gateway check http://127.0.0.1:{port}");

        Assert.Equal(1, ending.Code);
        Assert.StartsWith("  The gateway gave no answer: the connection was refused or failed.\n", ending.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(port, ending.Output, StringComparison.Ordinal);
    }

    /// <summary>Kestrel with TLS as the gateway: the certificate counts, and so does the key, which comes from a variable.</summary>
    [Fact]
    public async Task Gateway_with_TLS_and_a_key_is_asked_when_its_certificate_is_trusted()
    {
        using ThrowAwayDirectory folder = new("hx-gateway-tls-");
        TlsFiles files = TlsFiles.Write(folder.Path);
        using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
        await using HxInstance hx = await StartGuardAsync();
        await using WebApplication gateway = await StartWithTlsAsync(certificate, hx);
        string url = $"https://localhost:{gateway.GetBoundAddress().Port}";
        const string Key = "--header-env Ocp-Apim-Subscription-Key=GATEWAY_KEY";

        HxProcess.Ending untrusted = await HxProcess.RunAsync($"gateway check {url} {Key}", ("GATEWAY_KEY", "made-up-gateway-key")),
            keyless = await HxProcess.RunAsync($"gateway check {url} --timeout 20", ("SSL_CERT_FILE", files.Authority)),
            trusted =
                await HxProcess.RunAsync(
                    $"gateway check {url} --timeout 20 {Key}",
                    ("SSL_CERT_FILE", files.Authority),
                    ("GATEWAY_KEY", "made-up-gateway-key")
                );

        Assert.Equal(1, untrusted.Code);
        Assert.Contains("TLS failed, or its certificate is not trusted", untrusted.Output, StringComparison.Ordinal);
        Assert.Equal(1, keyless.Code);
        Assert.StartsWith("  The gateway lets nobody in without a key (401).\n", keyless.Output, StringComparison.Ordinal);
        Assert.Contains("--header-env NAME=VARIABLE", keyless.Output, StringComparison.Ordinal);
        Assert.True(trusted.Code == 0, trusted.Output + trusted.Error);
        Assert.Matches(@"the canary in \d+ disguises +pass +\d+ refused by the guard, \d+ refused because of their form", trusted.Output);
        Assert.DoesNotContain("made-up-gateway-key", trusted.Output + keyless.Output + untrusted.Output, StringComparison.Ordinal);
    }

    private static Task<HxInstance> StartGuardAsync(params (string Name, string? Value)[] more) =>
        Surface.StartCheckedAsync(StubCheck.Failing(), [("WRAPPER_KEYS", Surface.Keys), .. more]);

    private static string UrlOf(IGateway gateway) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{gateway.Port}");

    private async Task<IGateway> StartAsync(string kind, int guardPort, string key = GatewaySetup.MadeUpKey)
    {
        GatewaySetup setup = new(guardPort, _backend.Port) { Key = key };
        return kind switch
        {
            "nginx" => await NginxServer.StartAsync(setup),
            "caddy" => await CaddyServer.StartAsync(setup),
            _ => await HAProxyGateway.StartAsync(setup),
        };
    }

    /// <summary>A gateway that wants a key, asks the guard about every target, and has nothing behind it but a list of models.</summary>
    private static async Task<WebApplication> StartWithTlsAsync(X509Certificate2 certificate, HxInstance hx)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder
            .WebHost.UseKestrelCore()
            .UseKestrelHttpsConfiguration()
            .ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        WebApplication gateway = builder.Build();
        gateway.Run(async context =>
        {
            if (context.Request.Headers["Ocp-Apim-Subscription-Key"] != "made-up-gateway-key")
            {
                context.Response.StatusCode = 401;
                return;
            }

            string target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
            RawResponse verdict = await hx.RawAsync(
                "GET /guard",
                Surface.FunctionKey,
                $"X-Original-URI: {target}",
                $"X-Original-Method: {context.Request.Method}"
            );
            bool isOpen = verdict.Status == 200;
            context.Response.StatusCode =
                !isOpen ? verdict.Status
                : target == "/v1/models" ? 200
                : 404;
            context.Response.ContentType = isOpen ? "application/json" : verdict.Headers["Content-Type"];
            await context.Response.WriteAsync(isOpen ? "{}" : verdict.Body);
        });
        await gateway.StartAsync();
        return gateway;
    }
}
