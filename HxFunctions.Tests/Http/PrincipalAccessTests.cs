using HxFunctions.Core.Configuration;
using HxFunctions.Core.Http;
using HxFunctions.Tests.Serving;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Tests.Http;

/// <summary>When an identity stands in for a key, whose, and where.</summary>
public class PrincipalAccessTests
{
    private const string One = "0a0b0c0d-0000-4000-8000-00000000abcd";
    private const string Other = "0a0b0c0d-0000-4000-8000-00000000ef01";

    /// <summary>The platform's word as the Functions host reads it.</summary>
    [Theory]
    [InlineData("True", true)]
    [InlineData("true", true)]
    [InlineData("1", true)]
    [InlineData("False", false)]
    [InlineData("0", false)]
    [InlineData("yes", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Guard_is_anonymous_only_where_the_platform_says_that_it_authenticates(string? word, bool anonymous)
    {
        HxSettings settings = Read(One, word);
        PrincipalAccess access = new(settings);
        Assert.Equal(anonymous ? AccessLevel.Anonymous : AccessLevel.Function, access.LevelOf(Endpoints.Guard));
        Assert.Equal(!anonymous, access.Admits(Endpoints.Guard, new HeaderDictionary()));
        Assert.Equal(anonymous ? [] : [Variables.GuardPrincipals], settings.Hints.Select(hint => hint.Variable));
    }

    [Fact]
    public void Every_other_endpoint_keeps_its_level()
    {
        PrincipalAccess access = new(Read(One, "True"));
        Assert.All(Endpoints.All.Where(e => e != Endpoints.Guard), e => Assert.Equal(e.Level, access.LevelOf(e)));
    }

    [Theory]
    [InlineData(One)]
    [InlineData(" 0A0B0C0D-0000-4000-8000-00000000ABCD , 0a0b0c0d-0000-4000-8000-00000000ef01,")]
    public void Named_caller_is_let_in(string principals) => Assert.True(Admits(Read(principals, "True"), One));

    [Theory]
    [InlineData(Other)]
    [InlineData("")]
    [InlineData("0a0b0c0d000040008000 00000000abcd")]
    [InlineData("{0a0b0c0d-0000-4000-8000-00000000abcd}")]
    [InlineData(One, One)]
    [InlineData(One, Other)]
    [InlineData()]
    public void Any_other_caller_is_not(params string[] ids) => Assert.False(Admits(Read(One, "True"), ids));

    [Fact]
    public void Nobody_is_let_in_without_a_key_when_nobody_is_named()
    {
        foreach (string? principals in (string?[])[null, "", " , ", $"{One}; {Other}", $"{One}, nobody"])
        {
            PrincipalAccess access = new(Read(principals, "True"));
            Assert.Equal(AccessLevel.Function, access.LevelOf(Endpoints.Guard));
        }
    }

    [Fact]
    public void Id_that_is_none_is_a_problem_that_does_not_repeat_it()
    {
        ConfigurationProblem problem = Assert.Single(Read($"{One}, made-up-name", "True").Problems);
        Assert.Equal(Variables.GuardPrincipals, problem.Variable);
        Assert.DoesNotContain("made-up-name", problem.ToString(), StringComparison.Ordinal);
    }

    /// <summary>It has nobody before it who would take the header from a caller.</summary>
    [Fact]
    public async Task Hx_serve_asks_for_its_keys_whatever_a_caller_calls_himself()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(
            new StubCheck(),
            ("WRAPPER_KEYS", Surface.Keys),
            ("GUARD_ROUTES", "/v1/keys=thing"),
            (Variables.GuardPrincipals, One),
            ("WEBSITE_AUTH_ENABLED", "True")
        );
        foreach (HttpEndpoint endpoint in Endpoints.All.Where(e => e.Level != AccessLevel.Anonymous))
        {
            string path = endpoint
                .Route.Replace("{dependency}", "all", StringComparison.Ordinal)
                .Replace("{*path}", "x", StringComparison.Ordinal);
            Assert.Equal(401, (int)(await hx.GetAsync(path, null, (PrincipalAccess.Header, One))).Status);
        }

        Assert.Equal(200, (int)(await hx.GetAsync("guard?path=/v1/models", null, ("x-functions-key", "made-up-function-key"))).Status);
    }

    private static bool Admits(HxSettings settings, params string[] ids)
    {
        HeaderDictionary headers = new() { [PrincipalAccess.Header] = ids };
        return new PrincipalAccess(settings).Admits(Endpoints.Guard, headers);
    }

    private static HxSettings Read(string? principals, string? authentication) =>
        HxSettingsReader.Read(
            new ConfigurationBuilder()
                .AddInMemoryCollection(
                    new Dictionary<string, string?>
                    {
                        ["QDRANT_URL"] = "http://127.0.0.1:6333",
                        ["GUARD_ROUTES"] = "/v1/keys=qdrant",
                        [Variables.GuardPrincipals] = principals,
                        ["WEBSITE_AUTH_ENABLED"] = authentication,
                    }
                )
                .Build()
        );
}
