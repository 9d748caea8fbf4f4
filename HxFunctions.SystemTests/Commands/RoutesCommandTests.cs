using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests;
using HxFunctions.Tests.Routes;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.SystemTests.Commands;

public sealed partial class RoutesCommandTests : IDisposable
{
    private static readonly (string Name, string? Value)[] Urls =
    [
        ("PG_URL", "postgresql://unused.invalid/x"),
        ("REDIS_URL", "redis://unused.invalid"),
        ("MASTER_KEY", "c4n4ry-master-key"),
    ];

    private readonly ThrowAwayDirectory _directory = new("hx-routes-");

    private static LiteLlmOpenApi Later =>
        new LiteLlmOpenApi()
            .With("POST", "/team/brand_new", "team management")
            .With("POST", "/brand_new/thing", "team management")
            .With("GET", "/brand_new/thing", "Guardrails");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task List_has_a_section_for_each_origin_and_a_summary()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync(
            "routes list",
            [.. Urls, ("GUARD_ROUTES", "default; /reports/{id}/* GET!=postgres; /v1/rag=redis; -/key/info GET")]
        );

        Assert.Equal((0, ""), (ending.Code, ending.Error));
        string[] titles =
        [
            "  Rules of GUARD_ROUTES",
            "  Default prefixes",
            "  Rules from LiteLLM's list that need postgres, redis, each for exactly its route",
            "  Exemptions of GUARD_ROUTES",
            "  Exempt from the default rules by LiteLLM's list",
        ];
        Assert.Equal(titles, ending.Output.Split('\n').Where(titles.Contains));
        Assert.Equal("GET! this and all below postgres", Row(ending.Output, "/reports/{id}/*"));
        Assert.Equal("all this and all below redis", Row(ending.Output, "/v1/rag"));
        Assert.Equal("all this and all below postgres, redis", Row(ending.Output, "/team"));
        Assert.StartsWith("POST 1.74.4+ saves general_settings in", Row(ending.Output, "/add/allowed_ip"), StringComparison.Ordinal);
        Assert.StartsWith("POST 1.74.4+ checks the caller's own key", Row(ending.Output, "/key/health"), StringComparison.Ordinal);
        Assert.Equal("GET", Row(ending.Output, "/key/info"));
        Assert.Matches(
            @"\n  \d+ rules \(2 from GUARD_ROUTES, 23 from default prefixes, \d+ from LiteLLM's list\), \d+ exemptions\n$",
            ending.Output
        );
    }

    [Theory]
    [InlineData("-o json")]
    [InlineData("--output=json")]
    [InlineData("--json")]
    public async Task List_is_json_for_machines(string option)
    {
        HxProcess.Ending ending = await HxProcess.RunAsync(
            $"routes list {option}",
            [.. Urls, ("GUARD_ROUTES", "default; /reports/{id} GET!,POST=postgres; -/key/info")]
        );

        Assert.Equal((0, ""), (ending.Code, ending.Error));
        JsonElement list = JsonDocument.Parse(ending.Output).RootElement;
        AssertJson(
            """{"route":"/reports/{id}","methods":["GET","POST"],"needs":["postgres"],"exact":true,"writing":["GET"],"from":"configured"}""",
            Entry(list, "rules", "/reports/{id}")
        );
        AssertJson(
            """{"route":"/team","methods":null,"needs":["postgres","redis"],"exact":false,"writing":[],"from":"default"}""",
            Entry(list, "rules", "/team")
        );
        AssertJson(
            """
            {"route":"/add/allowed_ip","methods":["POST"],"needs":["postgres","redis"],"exact":true,"writing":[],"from":"litellm",
             "since":"1.74.4","until":null,"database":"write","why":"saves general_settings in LiteLLM_Config (save_config)"}
            """,
            Entry(list, "rules", "/add/allowed_ip")
        );
        AssertJson("""{"route":"/key/info","methods":null,"from":"configured"}""", Entry(list, "exemptions", "/key/info"));
        Assert.Equal("no", Entry(list, "exemptions", "/key/health").GetProperty("database").GetString());
    }

    [Theory]
    [InlineData("routes list")]
    [InlineData("routes check --openapi nothing.json")]
    public async Task Wrong_configuration_is_told_as_by_other_commands(string commandLine)
    {
        HxProcess.Ending ending = await HxProcess.RunAsync(commandLine, [.. Urls, ("GUARD_ROUTES", "/a=c4n4ry!")]);

        Assert.Equal((2, ""), (ending.Code, ending.Output));
        Assert.StartsWith(
            "hx: GUARD_ROUTES entry 1: dependency 1 is not a valid name",
            Assert.Single(ending.ErrorLines),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("off", "ENABLE_DB_GUARD", "false", "hx: the guard is off: the rules close nothing.")]
    [InlineData("shadow", "GUARD_MODE", "shadow", "hx: the guard is in shadow mode: the rules close nothing.")]
    public async Task Guard_that_closes_nothing_is_told(string _, string variable, string value, string line)
    {
        string file = Save(new());

        HxProcess.Ending list = await HxProcess.RunAsync("routes list", [.. Urls, (variable, value)]),
            check = await HxProcess.RunAsync($"routes check --openapi {file}", [.. Urls, (variable, value)]);

        Assert.Equal((0, line), (list.Code, Assert.Single(list.ErrorLines)));
        Assert.Equal((0, line), (check.Code, Assert.Single(check.ErrorLines)));
    }

    [Fact]
    public async Task Document_of_a_listed_version_passes()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync($"routes check --openapi {Save(new())}", Urls);

        Assert.Equal((0, ""), (ending.Code, ending.Error));
        Assert.Matches(
            @"^  (\d+) operations of version 1\.81\.9: \d+ guarded, \d+ open\n  \1 in the list of LiteLLM's routes, 0 not\n"
                + @"  \d+ of \d+ default rules match nothing here: [^\n]+\n  pass: nothing found\n$",
            ending.Output
        );
    }

    [Fact]
    public async Task Findings_are_tables_with_what_to_add()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync(
            $"routes check --openapi {Save(Later)}",
            [.. Urls, ("GUARD_ROUTES", "default; /gone=postgres; /v1/rag=postgres; /v3/login=postgres; -/key/info GET")]
        );

        Assert.Equal((1, ""), (ending.Code, ending.Error));
        string[] titles =
        [
            "  Admin routes that no rule guards",
            "  Entries of GUARD_ROUTES that match nothing in the document",
            "  Guarded routes that need neither the database nor Redis",
            "  Admin routes that GUARD_ROUTES exempts (not a finding)",
            "  Open routes that may be admin routes (not a finding: check them)",
            "  Entries of GUARD_ROUTES for routes that LiteLLM has, but that are not in the document (not a finding)",
        ];
        Assert.Equal(titles, ending.Output.Split('\n').Where(titles.Contains));
        string[] lines = ending.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("  POST     /brand_new/thing   likely   tag 'team management'", lines);
        Assert.Contains("    /brand_new/thing POST=postgres,redis;", lines);
        Assert.Contains("  /gone=postgres", lines);
        Assert.Contains("  POST     /v1/rag/query    /v1/rag   model traffic", lines);
        Assert.Contains("    -/v1/rag/query POST;", lines);
        Assert.Contains("  GET      /key/info   known   reads LiteLLM_VerificationToken, raises without", lines);
        Assert.Contains("  GET      /brand_new/thing   possible   tag 'Guardrails': some of its reads need the database", lines);
        Assert.Contains("  /v3/login=postgres", lines);
        Assert.Matches(@"^  fail: 1 unguarded, 1 unmatched, \d guarded without need$", lines[^1]);
        Assert.DoesNotContain("brand_new", lines[^2] + lines[^3], StringComparison.Ordinal);
        Assert.DoesNotContain(lines, line => line.EndsWith(' '));
    }

    [Fact]
    public async Task Findings_are_json_for_machines()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync(
            $"routes check -o json --openapi {Save(Later)}",
            [.. Urls, ("GUARD_ROUTES", "default; /gone=postgres")]
        );

        Assert.Equal((1, ""), (ending.Code, ending.Error));
        JsonElement result = JsonDocument.Parse(ending.Output).RootElement;
        Assert.Equal(
            ("fail", "1.81.9", 3, 0),
            (
                result.GetProperty("status").GetString(),
                result.GetProperty("version").GetString(),
                result.GetProperty("unknown").GetInt32(),
                result.GetProperty("unreadable").GetInt32()
            )
        );
        Assert.Equal(
            result.GetProperty("operations").GetInt32(),
            result.GetProperty("guarded").GetInt32() + result.GetProperty("open").GetInt32()
        );
        AssertJson(
            """
            [{"method":"POST","route":"/brand_new/thing","sure":"likely","tags":["team management"],"rules":[],"needs":[],
              "why":"tag 'team management'","rule":"/brand_new/thing POST=postgres,redis"}]
            """,
            result.GetProperty("unguarded")
        );
        AssertJson("""["/gone=postgres"]""", result.GetProperty("unmatched"));
        AssertJson("[]", result.GetProperty("needless"));
        Assert.Equal("possible", Assert.Single(result.GetProperty("possible").EnumerateArray()).GetProperty("sure").GetString());
    }

    [Theory]
    [InlineData("--gateway=", "")]
    [InlineData("--gateway=", "/api/llm")]
    [InlineData("--openapi=", "/api/llm/openapi.json?format=json")]
    public async Task Running_gateway_is_asked_for_its_document_with_the_key(string option, string path)
    {
        string? authorization = null;
        await using LiteLlmStandIn gateway = await ServeAsync(context =>
        {
            authorization = context.Request.Headers.Authorization;
            return Results.Text(new LiteLlmOpenApi().ToString(), "application/json");
        });

        HxProcess.Ending ending = await HxProcess.RunAsync($"routes check {option}{Address(gateway)}{path} --key-env MASTER_KEY", Urls);

        Assert.Equal((0, ""), (ending.Code, ending.Error));
        Assert.Equal("Bearer c4n4ry-master-key", authorization);
        Assert.Equal(path.Contains('?', StringComparison.Ordinal) ? path : $"{path}/openapi.json", Assert.Single(gateway.Requests).Path);
    }

    [Theory]
    [InlineData(401, "", 2, "asks for a key (401): name the variable that holds the key with --key-env.")]
    [InlineData(401, " --key-env=MASTER_KEY", 2, "refuses the key (401): check the variable that --key-env names.")]
    [InlineData(403, " --key-env=MASTER_KEY", 2, "refuses the key (403): check the variable that --key-env names.")]
    [InlineData(302, " --key-env=MASTER_KEY", 2, "redirects (302), which hx does not follow: use the URL that it redirects to.")]
    [InlineData(500, "", 1, "answers 500 instead of its OpenAPI document.")]
    [InlineData(204, "", 1, "answers 204 instead of its OpenAPI document.")]
    public async Task Refusal_is_one_line_that_says_what_to_do(int status, string options, int code, string line)
    {
        await using LiteLlmStandIn gateway = await ServeAsync(context =>
        {
            context.Response.Headers.Location = "/elsewhere";
            return Results.StatusCode(status);
        });

        await AssertFaultAsync($"--gateway {Address(gateway)}{options}", code, $"the gateway {line}");
        Assert.Single(gateway.Requests);
    }

    [Fact]
    public async Task Gateway_without_a_document_is_told_where_it_may_be()
    {
        await using LiteLlmStandIn gateway = await LiteLlmStandIn.StartAsync();

        await AssertFaultAsync(
            $"--gateway {Address(gateway)}",
            2,
            "the gateway has no /openapi.json there (404): with SERVER_ROOT_PATH the URL must end with that path. If "
                + "the document is turned off there, save it where it is shown, and name the file with --openapi."
        );
        await AssertFaultAsync($"--openapi {Address(gateway)}/x.json", 2, "there is nothing at the URL of --openapi (404).");
    }

    [Theory]
    [InlineData("<html>", "what the gateway sends is an HTML page, not JSON.")]
    [InlineData("""{"detail":"c4n4ry"}""", "what the gateway sends is not an OpenAPI document: it has no 'openapi'.")]
    [InlineData("", "what the gateway sends is empty.")]
    public async Task Answer_that_is_no_document_is_misuse(string body, string line)
    {
        await using LiteLlmStandIn gateway = await ServeAsync(_ => Results.Text(body));

        await AssertFaultAsync($"--gateway {Address(gateway)}", 2, line);
    }

    [Fact]
    public async Task Endless_answer_is_cut_off()
    {
        await using LiteLlmStandIn gateway = await ServeAsync(_ =>
            Results.Stream(async stream =>
            {
                byte[] block = new byte[1024 * 1024];
                while (true)
                {
                    await stream.WriteAsync(block);
                }
            })
        );

        await AssertFaultAsync($"--gateway {Address(gateway)}", 2, "the gateway sends more than 32 MB.");
    }

    [Fact]
    public async Task Gateway_that_can_not_be_reached_is_one_line()
    {
        using TcpListener silent = new(System.Net.IPAddress.Loopback, 0);
        silent.Start();

        await AssertFaultAsync(
            $"--gateway http://127.0.0.1:{FreePort.Next().ToString(CultureInfo.InvariantCulture)}",
            1,
            "the gateway can't be reached: the connection was refused or failed."
        );
        await AssertFaultAsync("--openapi http://nobody.invalid/x", 1, "the server can't be reached: its host name does not resolve.");
        await AssertFaultAsync($"--gateway http://{silent.LocalEndpoint}", 1, "the gateway did not answer within 10 s.");
    }

    [Theory]
    [InlineData("", "give either --openapi or --gateway.")]
    [InlineData("--openapi a --gateway http://b", "give either --openapi or --gateway.")]
    [InlineData("--openapi missing.json", "the file that --openapi names does not exist.")]
    [InlineData("--openapi /tmp", "--openapi names a folder; it must be a file, or an http or https URL.")]
    [InlineData("--openapi /dev/null", "the file that --openapi names is empty.")]
    [InlineData("--openapi /dev/zero", "the file that --openapi names is larger than 32 MB.")]
    [InlineData("--openapi ftp://c4n4ry", "--openapi must be a file, or an http or https URL.")]
    [InlineData(
        "--openapi http://c4n4ry@a",
        "--openapi must be a URL without a key. Put the key into an environment variable, and name it with --key-env."
    )]
    [InlineData("--openapi a.json --key-env MASTER_KEY", "--key-env only works with a URL, but --openapi is a file.")]
    [InlineData("--openapi http://a --key-env NO_KEY", "the environment variable that --key-env names is not set or empty.")]
    [InlineData("--gateway c4n4ry", "--gateway must be an http or https URL.")]
    [InlineData(
        "--gateway http://a?key=c4n4ry",
        "--gateway must be only the gateway's base URL. Put the key into an environment variable, and name it with --key-env."
    )]
    public Task Wrong_input_is_one_line(string options, string line) => AssertFaultAsync(options, 2, line);

    /// <summary>A document is a stranger's: its words must not steer a terminal.</summary>
    [Fact]
    public async Task Words_of_the_document_are_shown_without_control_characters()
    {
        string file = Path.Combine(_directory.Path, "hostile.json");
        await File.WriteAllTextAsync(
            file,
            """
            {"openapi":"3.1.0","info":{"version":"1\u001b[31m\n2"},"paths":{"/team/new":{"post":{}},
              "/a\u202e[red]{x}/ü":{"get":{"tags":["team management"]}}}}
            """
        );

        HxProcess.Ending ending = await HxProcess.RunAsync($"routes check --openapi {file}", Urls);

        Assert.Equal((1, ""), (ending.Code, ending.Error));
        Assert.DoesNotContain(ending.Output, c => c is '\u001b' or '\u202e' or '\r');
        Assert.Contains("2 operations of version 1 [31m 2: ", ending.Output, StringComparison.Ordinal);
        Assert.Contains("/a [red]{x}/ü", ending.Output, StringComparison.Ordinal);
    }

    /// <summary>docs/routes.md shows this run; how many rules and routes there are changes with the list.</summary>
    [Fact]
    public async Task Page_shows_a_run_as_it_is()
    {
        string page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "routes.md"));
        string shown = page.Split("```text\n")[1].Split("```")[0];

        HxProcess.Ending ending = await HxProcess.RunAsync(
            $"routes check --openapi {Save(Later)}",
            [.. Urls, ("GUARD_ROUTES", "default; /v1/rag=postgres; /reports=postgres")]
        );

        Assert.Equal(Numbers().Replace(shown, "N"), Numbers().Replace(ending.Output, "N"));
    }

    [GeneratedRegex(@"\b\d{3}\b")]
    private static partial Regex Numbers();

    private static async Task AssertFaultAsync(string options, int code, string line)
    {
        HxProcess.Ending ending = await HxProcess.RunAsync($"routes check {options}", Urls);

        Assert.Equal((code, "", $"hx: {line}"), (ending.Code, ending.Output, Assert.Single(ending.ErrorLines)));
        Assert.DoesNotContain("c4n4ry", ending.Error, StringComparison.Ordinal);
    }

    private static async Task<LiteLlmStandIn> ServeAsync(Func<HttpContext, IResult> answer)
    {
        LiteLlmStandIn gateway = await LiteLlmStandIn.StartAsync();
        gateway.Instead = async context =>
        {
            await answer(context).ExecuteAsync(context);
            return true;
        };
        return gateway;
    }

    private static string Address(LiteLlmStandIn gateway) => gateway.Address.AbsoluteUri.TrimEnd('/');

    private string Save(LiteLlmOpenApi document)
    {
        string file = Path.Combine(_directory.Path, "openapi.json");
        File.WriteAllText(file, document.ToString());
        return file;
    }

    /// <summary>The cells after the first of the row that begins with it.</summary>
    private static string Row(string table, string first)
    {
        string line = Assert.Single(table.Split('\n'), l => l.StartsWith($"  {first} ", StringComparison.Ordinal));
        return string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..]);
    }

    private static JsonElement Entry(JsonElement list, string of, string route) =>
        Assert.Single(list.GetProperty(of).EnumerateArray(), entry => entry.GetProperty("route").ValueEquals(route));

    private static void AssertJson(string expected, JsonElement actual) =>
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, actual), actual.GetRawText());
}
