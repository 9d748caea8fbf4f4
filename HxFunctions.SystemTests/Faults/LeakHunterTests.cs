using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using HxFunctions.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HxFunctions.SystemTests.Faults;

/// <summary>The hunter finds what is planted: in every channel, and in every form. Who finds nothing else may be believed.</summary>
public sealed class LeakHunterTests
{
    private const string Word = "canary/of+the hunter's<&\"é";

    public static TheoryData<string, string> Forms =>
        new()
        {
            { "as it is", Word },
            { "percent-encoded", "canary%2Fof%2Bthe%20hunter%27s%3C%26%22%C3%A9" },
            { "in a form", "canary%2fof%2bthe+hunter%27s%3c%26%22%c3%a9" },
            { "in HTML", "canary/of+the hunter&#39;s&lt;&amp;&quot;&#233;" },
            { "in HTML, strictly", "canary/of&#x2B;the hunter&#x27;s&lt;&amp;&quot;&#xE9;" },
            { "in JSON", "canary/of\\u002Bthe hunter\\u0027s\\u003C\\u0026\\u0022\\u00E9" },
            { "in JSON, relaxed", "canary/of+the hunter's<&\\\"é" },
            { "in upper case", "CANARY/OF+THE HUNTER'S<&\"É" },
            { "in hexadecimal", "63616e6172792f6f662b746865206f6e65" },
            { "in base64", Convert.ToBase64String("x:canary/of+the one"u8) },
            { "in base64, one further", Convert.ToBase64String("xy:canary/of+the one at the end"u8) },
            { "in base64, two further", Convert.ToBase64String("xyz:canary/of+the one"u8) },
        };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Canary_is_found_in_every_form(string how, string text)
    {
        LeakHunter hunter = new(new Canaries(Word, "canary/of+the one"));
        hunter.Look("test", how, $"something before it {text} and after it");
        Assert.Single(hunter.Finds);
        Assert.Throws<Xunit.Sdk.TrueException>(hunter.AssertNothingFound);
    }

    [Fact]
    public void Text_without_a_canary_is_let_pass()
    {
        LeakHunter hunter = new(Canaries.OfTheMatrix);
        hunter.Look("test", "", "canary pass 127.0.0.1 http://127.0.0.1:8001/guard?path=%2Fv1%2Fkeys redis://***@***");
        hunter.AssertNothingFound();
        Assert.Equal(1, hunter.Looked("test"));
    }

    [Fact]
    public void Secret_beside_a_host_and_a_user_that_may_show_is_found()
    {
        LeakHunter hunter = new(Canaries.OfTheMatrix);
        hunter.Look("test", "", $"server.address={Canaries.PostgresHost} Username={Canaries.PostgresUser}", onlySecrets: true);
        hunter.AssertNothingFound();
        hunter.Look("test", "", $"{Canaries.PostgresHost} {Canaries.RedisHost} {Canaries.QdrantKey}", onlySecrets: true);
        Assert.Contains(Canaries.QdrantKey, Assert.Single(hunter.Finds), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("message")]
    [InlineData("member")]
    [InlineData("scope")]
    [InlineData("exception")]
    [InlineData("inner exception")]
    public void Log_record_is_looked_into(string place)
    {
        LeakHunter hunter = new(new Canaries("the-canary"));
        ServiceCollection services = new();
        hunter.Attach(services);
        using ServiceProvider provider = services.BuildServiceProvider();
        ILogger logger = provider.GetRequiredService<ILoggerFactory>().CreateLogger("Microsoft.AspNetCore.Something");
        switch (place)
        {
            case "message":
                logger.LogTrace("It is the-canary.");
                break;
            case "member":
                logger.Log(
                    LogLevel.Trace,
                    default,
                    new Dictionary<string, object?> { ["Member"] = "the-canary" },
                    null,
                    (_, _) => "Nothing."
                );
                break;
            case "scope":
                logger.BeginScope("In {Scope}", "the-canary");
                break;
            case "exception":
                logger.LogTrace(new InvalidOperationException("the-canary"), "Nothing.");
                break;
            default:
                logger.LogTrace(new InvalidOperationException("", new IOException("the-canary")), "Nothing.");
                break;
        }

        Assert.StartsWith("log ", Assert.Single(hunter.Finds), StringComparison.Ordinal);
    }

    [Fact]
    public void Measurements_and_activities_are_looked_into()
    {
        LeakHunter hunter = new(new Canaries("telemetry-canary"));
        using TelemetryHunt hunt = new(hunter);
        KeyValuePair<string, object?> tag = new("any", "telemetry-canary");
        using Meter meter = new("HxFunctions.Tests.Leaks");
        meter.CreateCounter<long>("counted").Add(1, tag);
        meter.CreateHistogram<double>("measured").Record(1, tag);
        meter.CreateObservableGauge("observed", () => new Measurement<int>(1, tag));
        meter.CreateCounter<int>("described", description: "telemetry-canary");
        hunt.Observe();
        using ActivitySource source = new("HxFunctions.Tests.Leaks");
        source.StartActivity("tagged")!.SetTag("any", "telemetry-canary").Dispose();
        source.StartActivity("failed")!.SetStatus(ActivityStatusCode.Error, "telemetry-canary").Dispose();
        source.StartActivity("with an exception")!.AddException(new InvalidOperationException("telemetry-canary")).Dispose();
        source.StartActivity("listed")!.SetTag("any", new[] { "telemetry-canary" }).Dispose();

        string[] places = ["counted", "measured", "observed", "described", "tagged", "failed", "with an exception", "listed"];
        Assert.All(
            places,
            place =>
                Assert.Contains(hunter.Finds, find => find.Contains($"HxFunctions.Tests.Leaks {place} holds", StringComparison.Ordinal))
        );
    }

    [Fact]
    public void Answers_are_looked_into_with_their_headers()
    {
        LeakHunter hunter = new(new Canaries("the-canary"));
        hunter.Look(new HxInstance.Answer(HttpStatusCode.OK, "the-canary", TimeSpan.Zero, null, ""));
        Assert.Single(hunter.Finds);
        LeakHunter second = new(new Canaries("the-canary"));
        second.Look(new HxInstance.Answer(HttpStatusCode.OK, "", TimeSpan.Zero, null, "X-Any: the-canary"));
        Assert.Single(second.Finds);
    }

    [Fact]
    public async Task Values_in_redis_are_looked_into()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await redis.CommandAsync("HSET", "a", "field", "canary-of-hash");
        await redis.CommandAsync("RPUSH", "b", "x", "canary-of-list");
        await redis.CommandAsync("SET", "c", "canary-of-string");
        await redis.CommandAsync("SET", "canary-of-key", "d");
        LeakHunter hunter = new(new Canaries("canary-of"));
        string dump = await RedisDump.OfAsync(redis);
        Assert.All(["hash", "list", "string", "key"], kind => Assert.Contains($"canary-of-{kind}", dump, StringComparison.Ordinal));
        hunter.Look("Redis", "", dump);
        Assert.Single(hunter.Finds);
    }
}
