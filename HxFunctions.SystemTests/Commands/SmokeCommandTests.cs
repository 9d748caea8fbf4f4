using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using HxFunctions.Core.Routing;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Gateways;
using HxFunctions.SystemTests.Servers;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.SystemTests.Commands;

/// <summary><c>hx smoke</c> against the real product and a stand-in LiteLLM: what passes, and each way to fail.</summary>
public sealed class SmokeCommandTests
{
    private const string Bypass = "the gateway does not ask the guard about this path: check its policy and its cache";
    private const string Limited = $"--limited-key-env={Smoked.LlmApiVariable}";

    private static readonly string[] NotLiteLlm = ["/v1/keys", "/v1/api_keys", "/v1/teams", "/v1/users", "/v1/tenants"];
    private static readonly string[] WritesOnly = ["/v2/key", "/model/new", "/model/update", "/model/delete"];

    [Theory]
    [InlineData(Smoked.LlmApiVariable, "/key pass 403", "/organization pass 403", "/team pass 403", "/budget pass 403")]
    [InlineData(Smoked.NoRoleVariable, "/key pass 403", "/organization skipped 200", "/team pass 401", "/budget pass 401")]
    [InlineData(Smoked.InternalUserVariable, "/key skipped 200", "/spend skipped 200", "/team pass 401", "/user pass 401")]
    public async Task Open_guard_lets_the_admin_in_and_nobody_else(string limited, params string[] limitedCells)
    {
        await using SmokeRig rig = await SmokeRig.StartAsync();

        Smoked smoked = await rig.SmokeAsync($"--limited-key-env={limited}");

        Assert.Equal((0, "", "pass"), (smoked.Code, smoked.Error, smoked.Json.GetProperty("status").GetString()));
        Assert.Equal(("pass", "postgres up, redis up, qdrant up, thing up", ""), smoked.Of("function app", "dependencies"));
        Assert.Equal(("pass", "valid"), smoked.Of("function app", "configuration").Outcome());
        Assert.Equal(("pass", "database connected, cache redis"), smoked.Of("gateway", "readiness").Outcome());
        Assert.Equal(("pass", "23 prefixes, mode enforce", ""), smoked.Of("function app", "guard"));
        Assert.Equal(("pass", "200, 1 model", ""), smoked.Of("gateway", "admin key"));
        foreach (GuardRule rule in DefaultRules.Prefixes)
        {
            (string, string) expected =
                NotLiteLlm.Contains(rule.Route) ? ("skipped", "404")
                : WritesOnly.Contains(rule.Route) ? ("skipped", "405")
                : ("pass", rule.Route == "/invitation" ? "400" : "200");
            (string status, string found, string advice) = smoked.Of($"route {rule.Route}", "admin key");
            Assert.Equal((rule.Route, expected), (rule.Route, (status, found)));
            if (found == "404")
            {
                Assert.Equal("does not exist here", advice);
            }

            if (status == "pass")
            {
                Assert.Equal(("pass", "401"), smoked.Of($"route {rule.Route}", "no key").Outcome());
            }
        }

        foreach (string cell in limitedCells)
        {
            string[] parts = cell.Split(' ');
            Assert.Equal((parts[0], (parts[1], parts[2])), (parts[0], smoked.Of($"route {parts[0]}", "limited key").Outcome()));
        }
    }

    [Fact]
    public async Task Only_safe_GETs_arrive_at_the_gateway()
    {
        await using SmokeRig rig = await SmokeRig.StartAsync();

        await rig.SmokeAsync(Limited);

        Assert.All(rig.LiteLlm.Requests, r => Assert.Equal("GET", r.Method));
        // Two for the models, one for readiness; for each prefix one with each key.
        Assert.Equal(3 + (3 * DefaultRules.Prefixes.Count), rig.LiteLlm.Requests.Count);
        LiteLlmRequest health = Assert.Single(rig.LiteLlm.Requests, r => r.Path.StartsWith("/health", StringComparison.Ordinal));
        Assert.Equal(("/health/readiness", null), (health.Path, health.Role));
        Assert.Equal(1 + DefaultRules.Prefixes.Count, rig.LiteLlm.Requests.Count(r => r.Role is null));
    }

    [Fact]
    public async Task Without_a_limited_key_that_is_skipped_and_said()
    {
        await using SmokeRig rig = await SmokeRig.StartAsync();

        Smoked smoked = await rig.SmokeAsync();

        Assert.Equal(0, smoked.Code);
        Assert.Equal(
            ("skipped", "", "no --limited-key-env: a key without admin rights was not tested"),
            smoked.Of("gateway", "limited key")
        );
        Assert.Equal(("skipped", "", "no --limited-key-env"), smoked.Of("route /key", "limited key"));
    }

    [Fact]
    public async Task Closed_guard_is_seen_as_503_with_a_problem_for_everyone()
    {
        await using SmokeRig rig = await SmokeRig.StartAsync(failing: ["thing", "redis"]);

        Smoked smoked = await rig.SmokeAsync(Limited);

        Assert.Equal(0, smoked.Code);
        Assert.Equal(
            ("pass", "postgres up, redis down, qdrant up, thing down", "hx check shows why it is down"),
            smoked.Of("function app", "dependencies")
        );
        Assert.All(
            smoked.Routes,
            c => Assert.Equal(("pass", "503 by the guard", "closed"), (c.Text("status"), c.Text("found"), c.Text("verdict")))
        );
        Assert.Equal(
            ["/health/readiness", "/v1/models", "/v1/models"],
            rig.LiteLlm.Requests.Select(r => r.Path).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Default_rules_close_with_dependencies_that_are_really_down()
    {
        string nobody = FreePort.Next().ToString(CultureInfo.InvariantCulture);
        await using SmokeRig rig = await SmokeRig.StartAsync(
            missing: ["postgres", "redis", "qdrant", "thing"],
            variables:
            [
                ("GUARD_ROUTES", null),
                ("PG_URL", $"postgresql://127.0.0.1:{nobody}/x"),
                ("REDIS_URL", $"redis://127.0.0.1:{nobody}"),
                ("QDRANT_URL", $"http://127.0.0.1:{nobody}"),
            ]
        );

        Smoked smoked = await rig.SmokeAsync();

        Assert.Equal(0, smoked.Code);
        Assert.Equal("postgres down, redis down, qdrant down", smoked.Of("function app", "dependencies").Found);
        Assert.Equal(("pass", "503 by the guard"), smoked.Of("route /key", "admin key").Outcome());
    }

    [Fact]
    public async Task Gateway_that_lets_a_closed_route_through_fails()
    {
        await using SmokeRig rig = await SmokeRig.StartAsync(failing: ["thing"]);

        Smoked smoked = await rig.SmokeAsync(Limited, rig.LiteLlm.Address);

        Assert.Equal(1, smoked.Code);
        Assert.Equal(("fail", "200, though closed", Bypass), smoked.Of("route /key", "admin key"));
        Assert.Equal(("fail", "404, though closed", Bypass), smoked.Of("route /v1/keys", "admin key"));
        Assert.Equal(("fail", "405, though closed", Bypass), smoked.Of("route /model/new", "no key"));
        // A gateway may look at keys first, so these alone prove nothing.
        Assert.Equal(("pass", "401"), smoked.Of("route /key", "no key").Outcome());
        Assert.Equal(("pass", "403"), smoked.Of("route /key", "limited key").Outcome());
        Assert.Equal(DefaultRules.Prefixes.Count, smoked.Failing.Length);
    }

    [Fact]
    public async Task Gateway_that_can_not_ask_the_guard_fails_though_it_is_open()
    {
        await using SmokeRig rig = await SmokeRig.StartAsync(guardKey: "wrong");

        Smoked smoked = await rig.SmokeAsync();

        Assert.Equal(1, smoked.Code);
        Assert.Equal(("fail", "503, guard unreachable"), smoked.Of("route /key", "admin key").Outcome());
        Assert.Equal(("fail", "503 by the guard"), smoked.Of("gateway", "admin key").Outcome());
    }

    [Fact]
    public async Task Gateway_that_asks_another_guard_fails_though_this_one_is_open()
    {
        await using SmokeRig rig = await SmokeRig.StartAsync(),
            other = await SmokeRig.StartAsync(failing: ["thing"]);

        Smoked smoked = await rig.SmokeAsync(Limited, other.Gateway.Address);

        Assert.Equal(1, smoked.Code);
        Assert.Equal(
            ("fail", "503 by the guard, though open", "the gateway asks another guard, or caches for too long"),
            smoked.Of("route /key", "admin key")
        );
        Assert.Equal("pass", smoked.Of("gateway", "admin key").Status);
    }

    [Theory]
    [InlineData(nameof(LiteLlmMode.Hangs), "no answer within 2 s", null)]
    [InlineData(nameof(LiteLlmMode.Resets), null, null)]
    [InlineData(nameof(LiteLlmMode.Garbage), "200, not a list of models", "200, not JSON")]
    [InlineData(nameof(LiteLlmMode.Crashes), "500", "500")]
    [InlineData(nameof(LiteLlmMode.Unavailable), "503", "503, not from the guard")]
    public async Task Broken_gateway_fails_and_where_nothing_answers_its_routes_are_skipped(string mode, string? models, string? route)
    {
        await using SmokeRig rig = await SmokeRig.StartAsync();
        rig.LiteLlm.Mode = Enum.Parse<LiteLlmMode>(mode);

        Smoked smoked = await rig.SmokeAsync("--timeout=2", rig.LiteLlm.Address);

        Assert.Equal(1, smoked.Code);
        (string status, string found, _) = smoked.Of("gateway", "admin key");
        Assert.Equal(("fail", models ?? found), (status, found));
        (string, string) expected = route is null ? ("skipped", "") : ("fail", route);
        Assert.Equal(expected, smoked.Of("route /key", "admin key").Outcome());
        Assert.Equal(expected, smoked.Of("route /key", "no key").Outcome());
        if (route is null)
        {
            Assert.Equal("the gateway does not answer: see /v1/models", smoked.Of("route /key", "admin key").Advice);
        }

        Assert.Equal("pass", smoked.Of("function app", "guard").Status);
    }

    [Fact]
    public async Task Nobody_at_either_address_fails_quickly_with_the_default_rules_named()
    {
        string address = $"http://127.0.0.1:{FreePort.Next().ToString(CultureInfo.InvariantCulture)}";

        Smoked smoked = await Smoked.RunAsync($"--gateway={address} --key-env={Smoked.MasterVariable} --functions={address}");

        Assert.Equal(1, smoked.Code);
        Assert.Equal(["function app", "gateway"], smoked.Failing);
        Assert.Equal(("fail", "the connection was refused or failed"), smoked.Of("function app", "dependencies").Outcome());
        Assert.Equal(("fail", "the connection was refused or failed"), smoked.Of("gateway", "admin key").Outcome());
        Assert.Equal(DefaultRules.Prefixes.Count * 3, smoked.Routes.Count);
    }

    [Fact]
    public async Task Routes_that_hang_end_with_the_overall_limit()
    {
        await using SmokeRig rig = await SmokeRig.StartAsync();
        rig.LiteLlm.Instead = async context =>
        {
            if (context.Request.Path == "/v1/models")
            {
                return false;
            }

            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return true;
        };

        Smoked smoked = await rig.SmokeAsync("--timeout=1", rig.LiteLlm.Address);

        Assert.Equal(1, smoked.Code);
        Assert.Equal(("fail", "no answer within 1 s"), smoked.Of("route /v1/keys", "admin key").Outcome());
        Assert.Equal(("fail", "out of time"), smoked.Of("route /model/delete", "admin key").Outcome());
        Assert.InRange(smoked.Json.GetProperty("seconds").GetDouble(), 1, 30);
    }

    [Theory]
    [InlineData(
        "--functions-key-env=" + Smoked.WrongVariable,
        "401",
        "it refuses the key: --functions-key-env must name a variable that holds a function, host or master key"
    )]
    [InlineData("", "401", "it asks for a key: name the variable that holds the key with --functions-key-env")]
    public async Task Function_app_that_refuses_the_key_fails_and_agreement_is_not_judged(string key, string found, string advice)
    {
        await using SmokeRig closed = await SmokeRig.StartAsync(failing: ["thing"]);

        Smoked smoked = await Smoked.RunAsync(
            $"--gateway={closed.Gateway.Address} --key-env={Smoked.MasterVariable} --functions={closed.Hx.Address} {key}"
        );

        Assert.Equal(1, smoked.Code);
        Assert.Equal(("fail", found, advice), smoked.Of("function app", "guard"));
        Assert.Equal("pass", smoked.Of("function app", "dependencies").Status);
        Assert.Equal(
            ("skipped", "503 by the guard", "the guard could not be asked whether that is right"),
            smoked.Of("route /key", "admin key")
        );
    }

    /// <summary>With a key, too: it is App Service that refuses, not the app.</summary>
    [Theory]
    [InlineData(403, "something in front of the app refuses; is it stopped, or does a network rule keep this machine out?")]
    [InlineData(301, "a redirect, which hx does not follow: use the URL that it redirects to")]
    [InlineData(503, "the app is starting, stopped or overloaded: see its log")]
    public async Task Somebody_in_front_of_the_function_app_is_told_from_it(int status, string advice)
    {
        await using SmokeRig rig = await SmokeRig.StartAsync();
        await using StandInServer front = await StandInServer.StartAsync();
        front.Answer = StandInServer.Say(status, "");

        Smoked smoked = await Smoked.RunAsync(
            $"--gateway={rig.Gateway.Address} --key-env={Smoked.MasterVariable} --functions={front.Url} "
                + $"--functions-key-env={Smoked.WrongVariable}"
        );

        Assert.Equal(1, smoked.Code);
        Assert.Equal(("fail", $"{status}", advice), smoked.Of("function app", "guard"));
        Assert.Equal(("fail", $"{status}", advice), smoked.Of("function app", "dependencies"));
    }

    [Theory]
    [InlineData("qdrant", "postgres up, redis up, thing up, qdrant not configured")]
    [InlineData("postgres", "redis up, qdrant up, thing up, postgres not configured")]
    public async Task Dependency_that_no_rule_needs_may_be_missing(string missing, string found)
    {
        await using SmokeRig rig = await SmokeRig.StartAsync(missing: [missing]);

        Smoked smoked = await rig.SmokeAsync();

        Assert.Equal((0, ("pass", found, "")), (smoked.Code, smoked.Of("function app", "dependencies")));
    }

    [Fact]
    public async Task Wrong_configuration_fails_though_guard_and_gateway_agree()
    {
        await using SmokeRig rig = await SmokeRig.StartAsync(variables: ("PG_TIMEOUT", "soon"));

        Smoked smoked = await rig.SmokeAsync();

        Assert.Equal((1, ("fail", "misconfigured")), (smoked.Code, smoked.Of("function app", "configuration").Outcome()));
        Assert.Equal(("pass", "503 by the guard"), smoked.Of("route /key", "admin key").Outcome());
    }

    [Fact]
    public async Task Rule_that_needs_what_has_no_URL_fails()
    {
        await using SmokeRig rig = await SmokeRig.StartAsync(
            missing: ["qdrant"],
            variables: ("GUARD_ROUTES", "/key=thing; /v1/rag=qdrant")
        );

        Smoked smoked = await rig.SmokeAsync();

        Assert.Equal(1, smoked.Code);
        Assert.Equal(
            (
                "fail",
                "postgres down, redis down, thing down, qdrant not configured",
                "the guard's rules need qdrant: set QDRANT_URL in the function app"
            ),
            smoked.Of("function app", "dependencies")
        );
    }

    [Fact]
    public async Task Hidden_health_endpoints_and_a_foreign_app_fail_with_what_to_do()
    {
        await using SmokeRig rig = await SmokeRig.StartAsync(variables: ("ENABLE_HEALTH_ENDPOINTS", "false"));

        Smoked hidden = await rig.SmokeAsync();
        Smoked foreign = await Smoked.RunAsync(
            $"--gateway={rig.Gateway.Address} --key-env={Smoked.MasterVariable} --functions={rig.LiteLlm.Address}"
        );

        Assert.Equal(
            (1, ("fail", "404", "ENABLE_HEALTH_ENDPOINTS is false there")),
            (hidden.Code, hidden.Of("function app", "dependencies"))
        );
        Assert.Equal(
            (1, ("fail", "404", "is --functions the app's base URL, without /api unless its host.json says so?")),
            (foreign.Code, foreign.Of("function app", "guard"))
        );
    }

    [Fact]
    public async Task Route_that_this_version_lacks_does_not_fail()
    {
        await using SmokeRig rig = await SmokeRig.StartAsync(new(0, "", "/budget/list", "/v2/team/list"));

        Smoked smoked = await rig.SmokeAsync(Limited);

        Assert.Equal(0, smoked.Code);
        Assert.Equal(("skipped", "404", "does not exist here"), smoked.Of("route /budget", "no key"));
    }

    [Fact]
    public async Task Limited_key_that_may_administer_fails_and_one_that_is_not_known_says_nothing()
    {
        LiteLlmOptions loose = new()
        {
            Keys = new Dictionary<string, LiteLlmRole>
            {
                [LiteLlmOptions.MasterKey] = LiteLlmRole.Admin,
                [LiteLlmOptions.LlmApiKey] = LiteLlmRole.Admin,
            },
        };
        await using SmokeRig rig = await SmokeRig.StartAsync(loose);

        Smoked may = await rig.SmokeAsync(Limited),
            unknown = await rig.SmokeAsync($"--limited-key-env={Smoked.WrongVariable}");

        Assert.Equal((1, ("fail", "200, not refused")), (may.Code, may.Of("route /user", "limited key").Outcome()));
        Assert.Equal(("skipped", "200"), may.Of("route /key", "limited key").Outcome());
        Assert.Equal(("skipped", "200"), may.Of("route /organization", "limited key").Outcome());
        Assert.Equal((1, ("fail", "401")), (unknown.Code, unknown.Of("gateway", "limited key").Outcome()));
        Assert.Equal(("skipped", "401"), unknown.Of("route /key", "limited key").Outcome());
        Assert.Equal(["gateway"], unknown.Failing);
    }

    [Fact]
    public async Task Admin_key_that_is_none_fails()
    {
        await using SmokeRig rig = await SmokeRig.StartAsync();

        Smoked smoked = await Smoked.RunAsync(rig.Line().Replace(Smoked.MasterVariable, Smoked.WrongVariable, StringComparison.Ordinal));
        Smoked limited = await Smoked.RunAsync(rig.Line().Replace(Smoked.MasterVariable, Smoked.LlmApiVariable, StringComparison.Ordinal));

        Assert.Equal((1, ("fail", "401")), (smoked.Code, smoked.Of("gateway", "admin key").Outcome()));
        Assert.Equal(("fail", "401"), smoked.Of("route /key", "admin key").Outcome());
        Assert.Equal((1, ("fail", "403")), (limited.Code, limited.Of("route /key", "admin key").Outcome()));
    }

    [Fact]
    public async Task Gateway_that_asks_nobody_for_a_key_fails()
    {
        await using SmokeRig rig = await SmokeRig.StartAsync();
        rig.LiteLlm.Instead = async context =>
        {
            await Results.Json(new { data = Array.Empty<string>() }).ExecuteAsync(context);
            return true;
        };

        Smoked smoked = await rig.SmokeAsync();

        Assert.Equal((1, ("fail", "200 without a key")), (smoked.Code, smoked.Of("route /key", "no key").Outcome()));
        Assert.Equal(("pass", "200, 0 models", "no model is configured"), smoked.Of("gateway", "admin key"));
    }

    [Theory]
    [InlineData("/api/v1", 0, "pass")]
    [InlineData(null, 1, "fail")]
    public async Task Mount_prefix_must_be_known_to_the_guard(string? known, int code, string status)
    {
        await using SmokeRig rig = await SmokeRig.StartAsync(new(0, "/api/v1"), variables: ("GUARD_BASE_PATH", known));

        Smoked smoked = await rig.SmokeAsync(Limited, new(rig.Gateway.Address, "/api/v1/"));

        Assert.Equal((code, status), (smoked.Code, smoked.Of("route /key", "admin key").Status));
        Assert.Equal(code == 1, smoked.Of("route /key", "admin key").Advice.Contains("GUARD_BASE_PATH", StringComparison.Ordinal));
        Assert.All(rig.LiteLlm.Requests, r => Assert.StartsWith("/api/v1/", r.Path, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rules_of_the_app_decide_what_is_looked_at()
    {
        await using SmokeRig rig = await SmokeRig.StartAsync(
            failing: ["thing"],
            variables: ("GUARD_ROUTES", "/key POST,DELETE=thing; /team GET=thing; /team POST=thing; /health=thing; /collections=thing")
        );

        Smoked smoked = await rig.SmokeAsync();

        Assert.Equal(0, smoked.Code);
        Assert.Equal(
            ["route /key", "route /team", "route /health", "route /collections"],
            smoked.Routes.Select(c => c.Text("suite")).Distinct()
        );
        // Its rule is about writes alone, so a GET is open and is let in.
        Assert.Equal(("pass", "200"), smoked.Of("route /key", "admin key").Outcome());
        Assert.Equal(("pass", "503 by the guard"), smoked.Of("route /team", "admin key").Outcome());
        Assert.Equal(
            ("skipped", "", "no GET below it is known that is guarded, changes nothing and costs nothing"),
            smoked.Of("route /health", "admin key")
        );
        Assert.Equal("GET /collections", smoked.Routes[^1].Text("request"));
        Assert.DoesNotContain(rig.LiteLlm.Requests, r => r.Path == "/health");
    }

    [Theory]
    [InlineData(3, 0, "pass")]
    [InlineData(int.MaxValue, 1, "fail")]
    public async Task Verdict_that_changes_between_the_questions_is_looked_at_again_but_not_forever(int changes, int code, string status)
    {
        int asked = 0;
        await using LiteLlmStandIn functions = await FakeFunctions.StartAsync(
            "/key",
            () => Interlocked.Increment(ref asked) <= changes && asked % 2 == 0 ? "closed" : "open"
        );
        await using LiteLlmStandIn liteLlm = await LiteLlmStandIn.StartAsync();

        Smoked smoked = await Smoked.RunAsync(
            $"--gateway={liteLlm.Address} --key-env={Smoked.MasterVariable} --functions={functions.Address}"
        );

        Assert.Equal((code, status), (smoked.Code, smoked.Of("route /key", "admin key").Status));
        Assert.Equal(
            code == 1,
            smoked.Of("route /key", "admin key").Advice.StartsWith("the guard's verdict kept changing", StringComparison.Ordinal)
        );
        Assert.Equal(code == 1 ? 6 : 4, asked);
    }

    [Fact]
    public async Task Secrets_and_hosts_appear_nowhere_though_servers_echo_them()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("hx-smoke-");
        string report = Path.Combine(folder.FullName, "report.xml");
        await using LiteLlmStandIn functions = await FakeFunctions.StartAsync("/" + LiteLlmOptions.MasterKey, () => "open");
        await using LiteLlmStandIn liteLlm = await LiteLlmStandIn.StartAsync();
        liteLlm.Instead = async context =>
        {
            context.Response.Headers.Location = $"/{context.Request.Headers.Authorization}";
            await Results
                .Json(
                    new { error = new { message = $"{context.Request.Headers.Authorization} at {context.Request.Host}" } },
                    statusCode: 500
                )
                .ExecuteAsync(context);
            return true;
        };
        string line =
            $"smoke --gateway={liteLlm.Address} --key-env={Smoked.MasterVariable} {Limited} --functions={functions.Address} "
            + $"--functions-key-env={Smoked.FunctionVariable} --junit={report}";
        (string Name, string? Value)[] keys = [.. Smoked.Keys.Select(k => (k.Name, (string?)k.Value))];

        HxProcess.Ending table = await HxProcess.RunAsync(line, keys),
            json = await HxProcess.RunAsync($"{line} --json", keys);

        Assert.Equal((1, 1, "", ""), (table.Code, json.Code, table.Error, json.Error));
        string all = table.Output + json.Output + await File.ReadAllTextAsync(report);
        Assert.Contains("/***", all, StringComparison.Ordinal);
        foreach ((_, string key) in Smoked.Keys)
        {
            Assert.DoesNotContain(key, all, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("127.0.0.1", all, StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Table_has_a_line_for_all_that_gave_the_same_or_for_each_and_says_each_advice_once()
    {
        await using SmokeRig rig = await SmokeRig.StartAsync(failing: ["thing"]);
        (string Name, string? Value)[] keys = [.. Smoked.Keys.Select(k => (k.Name, (string?)k.Value))];

        HxProcess.Ending ending = await HxProcess.RunAsync($"smoke {rig.Line(rig.LiteLlm.Address)}", keys),
            every = await HxProcess.RunAsync($"smoke {rig.Line(rig.LiteLlm.Address)} --all", keys);

        Assert.Equal((1, "", 1, ""), (ending.Code, ending.Error, every.Code, every.Error));
        Assert.Matches(
            @"(?m)^  /v1/keys, /v1/api_keys, /v1/teams and \d+ more +closed +fail 404/405, though closed +fail 404/405, though closed$",
            ending.Output
        );
        Assert.Matches(@"(?m)^  /key, /user, /v2/user and \d+ more +closed +fail 200/400, though closed +pass 401$", ending.Output);
        Assert.Equal(2, Regex.Count(ending.Output, @"(?m)^  /\S.* closed "));
        foreach (GuardRule rule in DefaultRules.Prefixes)
        {
            Assert.Matches($@"(?m)^  {rule.Route} +/\S+ +closed ", every.Output);
        }

        Assert.Equal(2, ending.Output.Split(Bypass).Length);
        Assert.Equal(2, every.Output.Split(Bypass).Length);
        Assert.EndsWith($"  --all shows each route{Environment.NewLine}", ending.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^  \d+ passed, \d+ failed, \d+ skipped in [0-9.]+ s$", ending.Output);
        Assert.DoesNotContain('\u001b', ending.Output);
    }

    [Fact]
    public async Task Report_holds_every_result_and_replaces_the_last_one_whole()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("hx-smoke-");
        string report = Path.Combine(folder.FullName, "report.xml");
        await File.WriteAllTextAsync(report, "an old report that is longer than nothing");
        await using SmokeRig rig = await SmokeRig.StartAsync(failing: ["thing"]);

        Smoked smoked = await rig.SmokeAsync($"--junit={report}", rig.LiteLlm.Address);

        XElement root = XDocument.Load(report).Root!;
        Assert.Equal(report, Assert.Single(folder.GetFiles()).FullName);
        Assert.Equal("testsuites", root.Name);
        Assert.Equal(smoked.Checks.Count, root.Descendants("testcase").Count());
        foreach ((string counted, string element) in new[] { ("failures", "failure"), ("skipped", "skipped") })
        {
            int count = root.Descendants(element).Count();
            Assert.Equal(count, (int)root.Attribute(counted)!);
            Assert.Equal(count, root.Elements("testsuite").Sum(s => (int)s.Attribute(counted)!));
            Assert.Equal(count, smoked.Json.GetProperty(counted == "failures" ? "failed" : counted).GetInt32());
        }

        XElement failure = root.Descendants("failure").First();
        Assert.Equal($"404, though closed: {Bypass}", (string?)failure.Attribute("message"));
        Assert.Equal(
            ("hx.smoke.route /v1/keys", "GET /v1/keys, admin key"),
            ((string?)failure.Parent!.Attribute("classname"), (string?)failure.Parent!.Attribute("name"))
        );
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("--gateway=nonsense", "hx: --gateway must be an http or https URL.")]
    [InlineData("--gateway=ftp://127.0.0.1", "hx: --gateway must be an http or https URL.")]
    [InlineData(
        "--gateway=http://127.0.0.1:1/?key=c4n4ry",
        "hx: --gateway must be only the gateway's base URL. Put the key into an environment variable, and name it with --key-env."
    )]
    [InlineData(
        "--gateway=http://c4n4ry@127.0.0.1:1",
        "hx: --gateway must be only the gateway's base URL. Put the key into an environment variable, and name it with --key-env."
    )]
    [InlineData(
        "--functions=http://127.0.0.1:1/?code=c4n4ry",
        "hx: --functions must be only the app's base URL. Put the key into an environment variable, and name it with --functions-key-env."
    )]
    [InlineData("--functions=/x", "hx: --functions must be an http or https URL.")]
    [InlineData("--key-env=NO_KEY", "hx: the environment variable that --key-env names is not set or empty.")]
    [InlineData("--key-env=EMPTY", "hx: the environment variable that --key-env names is not set or empty.")]
    [InlineData(
        "--key-env=BROKEN",
        "hx: the environment variable that --key-env names holds a space, a line break or another character that no key can have."
    )]
    [InlineData("--limited-key-env=NO_KEY", "hx: the environment variable that --limited-key-env names is not set or empty.")]
    [InlineData("--limited-key-env=GATEWAY", "hx: --limited-key-env holds the admin key: it must hold a virtual key without admin rights.")]
    [InlineData(
        "--functions-key-env=BROKEN",
        "hx: the environment variable that --functions-key-env names holds a space, a line break or another character that no key can have."
    )]
    [InlineData("--timeout=0", "hx: --timeout must be a time such as 90s, 10m or 1h30m, from 0.1 s to 5 min.")]
    [InlineData("--timeout=NaN", "hx: --timeout must be a time such as 90s, 10m or 1h30m, from 0.1 s to 5 min.")]
    [InlineData("--junit=.", "hx: --junit names a folder; it must name a file.")]
    [InlineData("--junit=no/such/report.xml", "hx: --junit names a file in a folder that does not exist.")]
    public async Task Misuse_is_one_line_and_nothing_is_asked(string wrong, string line)
    {
        string option = wrong[..wrong.IndexOf('=', StringComparison.Ordinal)];
        string[] right = ["--gateway=http://127.0.0.1:1", "--key-env=GATEWAY", "--functions=http://127.0.0.1:1"];
        string[] all = [.. right.Where(r => !r.StartsWith(option + "=", StringComparison.Ordinal)), wrong];

        HxProcess.Ending ending = await HxProcess.RunAsync(
            $"smoke {string.Join(' ', all)}",
            ("GATEWAY", "sk-c4n4ry"),
            ("EMPTY", ""),
            ("BROKEN", "c4n4ry\nc4n4ry")
        );

        Assert.Equal((2, "", line), (ending.Code, ending.Output, ending.ErrorLines[0]));
        // What the parser itself finds has a line more, which says where to look.
        Assert.Equal(option == "--timeout" ? ["Try 'hx smoke --help'."] : [], ending.ErrorLines[1..]);
    }

    [Fact]
    public async Task Options_that_are_needed_are_named()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync("smoke");

        Assert.Equal((2, ""), (ending.Code, ending.Output));
        Assert.Equal(["hx: --gateway is required.", "hx: --key-env is required.", "Try 'hx smoke --help'."], ending.ErrorLines);
        // The app's URL has a default in the environment.
        ending = await HxProcess.RunAsync("smoke --gateway http://127.0.0.1:1 --key-env GATEWAY", ("GATEWAY", "made-up-key"));
        Assert.Equal(["hx: give the function app's URL with --functions or HX_URL."], ending.ErrorLines);
    }
}
