using HxFunctions.SystemTests.Servers;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.SystemTests.Commands;

/// <summary><c>hx smoke</c> on the set-up of the README, and against a LiteLLM that came up without its database.</summary>
[Collection(ServersCollection.Name)]
public sealed class SmokeDatabaseTests(PostgresFixture postgres, RedisFixture redis)
{
    private const string Advice = "LiteLLM runs without its database: see the log of its start, and check DATABASE_URL and the migrations";
    private const string Limited = $"--limited-key-env={Smoked.LlmApiVariable}";

    private static readonly string[] ReadsOfTheDatabase =
    [
        "/key",
        "/user",
        "/team",
        "/v2/team",
        "/organization",
        "/customer",
        "/budget",
        "/invitation",
        "/config",
        "/spend",
        "/global",
    ];

    /// <summary>Routes that v1.81.9 doesn't have.</summary>
    private static LiteLlmOptions Version { get; } = new(0, "", "/jwt/key/mapping/list", "/v2/user/info");

    [Fact]
    public async Task Set_up_of_the_README_without_Qdrant_passes()
    {
        await using SmokeRig rig = await ReadmeAsync();

        Smoked smoked = await rig.SmokeAsync(Limited);

        Assert.Equal((0, "", "pass"), (smoked.Code, smoked.Error, smoked.Json.GetProperty("status").GetString()));
        Assert.Equal(("pass", "postgres up, redis up, qdrant not configured", ""), smoked.Of("function app", "dependencies"));
        Assert.Equal(("pass", "valid"), smoked.Of("function app", "configuration").Outcome());
        Assert.Equal(("pass", "database connected, cache redis"), smoked.Of("gateway", "readiness").Outcome());
        Assert.Equal(("pass", "200"), smoked.Of("route /key", "admin key").Outcome());
    }

    [Fact]
    public async Task LiteLLM_without_its_database_fails_whatever_the_status()
    {
        await using SmokeRig rig = await ReadmeAsync();
        rig.LiteLlm.Mode = LiteLlmMode.NoDatabase;

        Smoked smoked = await rig.SmokeAsync(Limited);

        Assert.Equal(1, smoked.Code);
        Assert.Equal(("fail", "database not connected, cache none", Advice), smoked.Of("gateway", "readiness"));
        Assert.Equal("pass", smoked.Of("gateway", "admin key").Status);
        Assert.Equal(("fail", "400, no database", Advice), smoked.Of("gateway", "limited key"));
        Assert.All(
            ReadsOfTheDatabase,
            route =>
            {
                (string status, string found, string advice) = smoked.Of($"route {route}", "admin key");
                Assert.Equal((route, "fail", Advice), (route, status, advice));
                Assert.Matches("^(400|500), no database$", found);
                Assert.Equal((route, ("pass", "401")), (route, smoked.Of($"route {route}", "no key").Outcome()));
                Assert.Equal((route, ("fail", "400, no database")), (route, smoked.Of($"route {route}", "limited key").Outcome()));
            }
        );
        // The statuses that LiteLLM itself gives: /team/list and /key/list.
        Assert.Equal("400, no database", smoked.Of("route /team", "admin key").Found);
        Assert.Equal("500, no database", smoked.Of("route /key", "admin key").Found);
    }

    [Fact]
    public async Task Key_that_is_not_the_master_key_is_told_from_a_missing_database()
    {
        await using SmokeRig rig = await ReadmeAsync();
        rig.LiteLlm.Mode = LiteLlmMode.NoDatabase;

        Smoked smoked = await Smoked.RunAsync(rig.Line().Replace(Smoked.MasterVariable, Smoked.WrongVariable, StringComparison.Ordinal));

        Assert.Equal(
            ("fail", "400, no database", "without a database, LiteLLM only accepts its master key: check --key-env and the database"),
            smoked.Of("gateway", "admin key")
        );
    }

    [Fact]
    public async Task Missing_database_is_no_failure_while_the_guard_is_closed_or_needs_none()
    {
        await using SmokeRig closed = await ReadmeAsync(("PG_URL", "postgresql://127.0.0.1:1/x")),
            without = await SmokeRig.StartAsync(Version, variables: ("GUARD_ROUTES", "/v1/rag=thing"));
        closed.LiteLlm.Mode = without.LiteLlm.Mode = LiteLlmMode.NoDatabase;

        Smoked refused = await closed.SmokeAsync(),
            unneeded = await without.SmokeAsync();

        Assert.Equal(
            (0, ("skipped", "database not connected, cache none", "the guard has closed every route that needs the database")),
            (refused.Code, refused.Of("gateway", "readiness"))
        );
        Assert.Equal(("pass", "503 by the guard"), refused.Of("route /key", "admin key").Outcome());
        Assert.Equal(
            (0, ("skipped", "database not connected, cache none", "no rule of the guard needs the database")),
            (unneeded.Code, unneeded.Of("gateway", "readiness"))
        );
    }

    /// <summary>What LiteLLM answers since 1.84 while its database is away: 503 in the shape of a healthy answer.</summary>
    [Fact]
    public async Task Outage_that_the_guard_has_closed_is_no_failure_of_a_newer_readiness_either()
    {
        await using SmokeRig rig = await ReadmeAsync(("PG_URL", "postgresql://127.0.0.1:1/x"));
        rig.LiteLlm.Mode = LiteLlmMode.DatabaseUnreachable;
        foreach (
            (LiteLlmReadinessShape shape, string found) in new[]
            {
                (LiteLlmReadinessShape.StatusAndDatabase, "503, database disconnected"),
                (LiteLlmReadinessShape.StatusAlone, "503, unhealthy"),
            }
        )
        {
            rig.LiteLlm.Readiness = shape;

            Smoked smoked = await rig.SmokeAsync();

            Assert.Equal(
                (0, ("skipped", found, "the guard has closed every route that needs the database")),
                (smoked.Code, smoked.Of("gateway", "readiness"))
            );
        }
    }

    /// <summary><c>CommonProxyErrors.not_premium_user</c> comes with 400, 403 and 500; FastAPI asks for a parameter with 422.</summary>
    [Theory]
    [InlineData(
        403,
        """{"detail":{"error":"This feature is only available for LiteLLM Enterprise users. You must be a LiteLLM Enterprise user to use this feature."}}""",
        "LiteLLM Enterprise only: refused because of the licence, not because of a dependency"
    )]
    [InlineData(
        500,
        """{"detail":"Missing litellm-enterprise package. Please install it to use this feature."}""",
        "LiteLLM Enterprise only: refused because of the licence, not because of a dependency"
    )]
    [InlineData(
        422,
        """{"detail":[{"type":"missing","loc":["query","user_id"],"msg":"Field required","input":null}]}""",
        "it needs a parameter: the key was accepted, but nothing more is known"
    )]
    public async Task Refusal_that_no_dependency_causes_is_skipped(int status, string body, string advice)
    {
        await using SmokeRig rig = await ReadmeAsync();
        rig.LiteLlm.Instead = async context =>
        {
            if (context.Request.Path != "/spend/users" || context.Request.Headers.Authorization.Count == 0)
            {
                return false;
            }

            await Results.Text(body, "application/json", statusCode: status).ExecuteAsync(context);
            return true;
        };

        Smoked smoked = await rig.SmokeAsync();

        Assert.Equal((0, ("skipped", $"{status}", advice)), (smoked.Code, smoked.Of("route /spend", "admin key")));
    }

    /// <summary><c>PG_URL</c> and <c>REDIS_URL</c> alone, and the default rules.</summary>
    private Task<SmokeRig> ReadmeAsync(params (string Name, string? Value)[] variables) =>
        SmokeRig.StartAsync(
            Version,
            missing: ["postgres", "redis", "qdrant", "thing"],
            variables:
            [
                ("GUARD_ROUTES", null),
                ("PG_URL", postgres.Server.Url),
                ("REDIS_URL", redis.Server.Url),
                ("HX_NAMESPACE", $"smoke-{Guid.NewGuid():N}"),
                .. variables,
            ]
        );
}
