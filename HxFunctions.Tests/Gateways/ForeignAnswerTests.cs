using System.Text;
using HxFunctions.AspNetCore;
using HxFunctions.Tests.Serving;

namespace HxFunctions.Tests.Gateways;

/// <summary>Another service in the guard's place, and a guard that says only half: nothing but a plain "open" passes, and a caller is shown
/// the guard's own problem or ours.</summary>
public sealed class ForeignAnswerTests
{
    private const string OwnWords = "The guard gave no usable answer.";

    private readonly GuardStub _guard = new();

    /// <summary>What is no answer of the guard's closes, and none of it is shown to the caller.</summary>
    [Theory]
    [InlineData(200, null)]
    [InlineData(200, "closed")]
    [InlineData(200, "Open")]
    [InlineData(200, "open, closed")]
    [InlineData(200, "")]
    [InlineData(201, "open")]
    [InlineData(204, "open")]
    [InlineData(302, "open")]
    [InlineData(302, null)]
    [InlineData(400, null)]
    [InlineData(401, null)]
    [InlineData(403, "closed")]
    [InlineData(404, null)]
    [InlineData(500, null)]
    [InlineData(503, null)]
    [InlineData(503, "open")]
    public async Task Foreign_answer_closes(int status, string? word)
    {
        _guard.Answer = _ =>
        {
            HttpResponseMessage answer = GuardStub.Say(status, word, ("Location", "http://elsewhere.example/"), ("Set-Cookie", "a=b"));
            answer.Content = new StringContent("<h1>Welcome!</h1>", Encoding.UTF8, "text/html");
            return Task.FromResult(answer);
        };
        await using GatewayApp app = await GatewayApp.StartAsync(_guard);

        AssertOwnWords(await app.SendAsync("POST", "/key/generate", "a body"));
        AssertOwnWords(await app.SendAsync("GET", "/v1/models"));
        Assert.Empty(app.Arrived);
        Assert.All(_guard.All, asked => Assert.Equal("HEAD", asked.Method));
    }

    public static TheoryData<string, string> ForeignWords =>
        new()
        {
            { "<h1>Unavailable</h1>", "text/html" },
            { GuardStub.ClosedWords, "text/html" },
            { "<h1>Unavailable</h1>", "application/problem+json" },
            { """{"verdict":"open"}""", "application/problem+json" },
            { """{"title":"no verdict"}""", "application/problem+json" },
            { """["verdict","closed"]""", "application/problem+json" },
            { """{"verdict":["closed"]}""", "application/problem+json" },
            { "", "application/problem+json" },
            { GuardStub.ClosedWords.PadRight(GuardClient.MaxWords + 1), "application/problem+json" },
            { $$"""{"verdict":"closed","x":"{{new string('x', GuardClient.MaxWords)}}"}""", "application/problem+json" },
        };

    [Theory]
    [MemberData(nameof(ForeignWords))]
    public async Task Words_that_are_not_the_guards_are_not_passed_on(string words, string contentType)
    {
        _guard.Answer = _ => Task.FromResult(GuardStub.Closed(words, contentType));
        await using GatewayApp app = await GatewayApp.StartAsync(_guard);

        AssertOwnWords(await app.SendAsync("POST", "/key/generate", "a body"));
        Assert.Empty(app.Arrived);
    }

    /// <summary>The verdict was closed: what the second answer is changes the words alone.</summary>
    [Theory]
    [InlineData(200, "open")]
    [InlineData(401, null)]
    [InlineData(500, null)]
    public async Task Words_that_cannot_be_had_refuse_all_the_same(int status, string? word)
    {
        _guard.Answer = asked => Task.FromResult(asked.Method == "HEAD" ? GuardStub.Closed() : GuardStub.Say(status, word));
        await using GatewayApp app = await GatewayApp.StartAsync(_guard);

        AssertOwnWords(await app.SendAsync("POST", "/key/generate"));
        Assert.Empty(app.Arrived);
    }

    [Fact]
    public async Task Long_words_up_to_the_limit_are_passed_on()
    {
        string words = """{"verdict":"closed","x":""" + '"';
        words += new string('x', GuardClient.MaxWords - words.Length - 2) + "\"}";
        _guard.Answer = _ => Task.FromResult(GuardStub.Closed(words));
        await using GatewayApp app = await GatewayApp.StartAsync(_guard);

        Assert.Equal(
            (503, words),
            (await app.SendAsync("POST", "/key/generate")) is var refused ? (refused.Status, refused.Body) : default
        );
    }

    [Fact]
    public async Task Guard_that_hangs_closes_in_time()
    {
        _guard.Answer = GuardStub.Never;
        await using GatewayApp app = await GatewayApp.StartAsync(_guard, options => options.Timeout = TimeSpan.FromSeconds(0.1));

        AssertOwnWords(await app.SendAsync("POST", "/v1/models"));
    }

    private static void AssertOwnWords(RawResponse answer)
    {
        Assert.Equal(
            (503, "application/problem+json", "5", "no-store"),
            (answer.Status, answer.Headers["Content-Type"], answer.Headers["Retry-After"], answer.Headers["Cache-Control"])
        );
        Assert.Contains("\"urn:hxfunctions:problem:guard-unreachable\"", answer.Body, StringComparison.Ordinal);
        Assert.Contains(OwnWords, answer.Body, StringComparison.Ordinal);
        Assert.False(answer.Headers.ContainsKey("Set-Cookie"));
    }
}
