using System.Text.Json;
using HxFunctions.Cli.Smoke;

namespace HxFunctions.Tests.Smoke;

/// <summary>What <c>/healthz/deps</c> holds is configured; what it lacks fails only when a rule needs it.</summary>
public sealed class ConfiguredDependenciesTests
{
    [Theory]
    [InlineData("""{"postgres":true,"redis":false}""", "postgres", "Pass", "postgres up, redis down, qdrant not configured")]
    [InlineData("""{"postgres":true,"redis":true,"mail":true}""", "mail", "Pass", "postgres up, redis up, mail up, qdrant not configured")]
    [InlineData("""{"postgres":true}""", "postgres,redis", "Fail", "postgres up, redis not configured, qdrant not configured")]
    [InlineData("{}", "mail", "Fail", "postgres not configured, redis not configured, qdrant not configured, mail not configured")]
    public void What_no_rule_needs_may_be_missing(string json, string needs, string outcome, string found)
    {
        (SmokeOutcome judged, string text, _) = Read(json)!.Judge(needs.Split(','));

        Assert.Equal((outcome, found), (judged.ToString(), text));
    }

    [Fact]
    public void Advice_names_the_variables()
    {
        Assert.Equal(
            "the guard's rules need redis, mail: set REDIS_URL, DEPENDENCIES in the function app",
            Read("""{"postgres":true}""")!.Judge(["redis", "mail"]).Advice
        );
        Assert.Equal("hx check shows why it is down", Read("""{"postgres":false}""")!.Judge([]).Advice);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"postgres":"up"}""")]
    [InlineData("""{"Not a name":true}""")]
    public void Other_answers_are_none(string json) => Assert.Null(Read(json));

    private static ConfiguredDependencies? Read(string json) => ConfiguredDependencies.Read(JsonDocument.Parse(json).RootElement);
}
