using System.Text;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Http;
using HxFunctions.Tests.Guarding;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Tests.Http;

/// <summary>An answer is given again only while a new one would say the same.</summary>
public class RecentAnswersTests
{
    private readonly GuardBench _bench = new GuardBench("/pg=postgres; /both=postgres,redis").Know("ppp");
    private readonly RecentAnswers _answers;

    public RecentAnswersTests()
    {
        _answers = new(
            _bench.Guard.Rules.Count,
            decision => new(decision, _bench.Dependencies, new(_bench.Settings), _bench.Settings, asCheck: false)
        );
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(9, true)]
    [InlineData(10, false)]
    [InlineData(1000, false)]
    public async Task Answer_is_given_again_for_less_than_10_ms(int milliseconds, bool again)
    {
        Task<IResult> first = await AskAsync("/pg");
        _bench.Time.Advance(TimeSpan.FromMilliseconds(milliseconds));

        Assert.Equal(again, ReferenceEquals(first, await AskAsync("/pg")));
    }

    public static TheoryData<string> Changes => ["failed", "checked again", "closed by an operator", "another rule", "no rule"];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task What_would_be_said_otherwise_is_said_anew(string change)
    {
        Task<IResult> first = await AskAsync("/pg");
        string path = change switch
        {
            "another rule" => "/both",
            "no rule" => "/v1/models",
            _ => "/pg",
        };
        _ = change switch
        {
            "failed" => _bench.Know("postgres", DependencyStatus.Fail),
            "checked again" => _bench.Know("postgres", DependencyStatus.Pass, Reasons.Ok),
            "closed by an operator" => _bench.Override(closed: true, TimeSpan.FromMinutes(1)),
            _ => _bench,
        };

        Assert.NotSame(first, await AskAsync(path));
    }

    /// <summary>The verdict stays, its reason does not.</summary>
    [Fact]
    public async Task Failure_is_not_told_of_after_it_expired()
    {
        _bench.Know("postgres", DependencyStatus.Fail, Reasons.ConnectionRefused);
        _bench.Time.Advance(_bench.Settings.Expiry);
        Assert.Contains(
            "connection_refused",
            await BodyAsync(_answers.For(_bench.Guard.Preview(_bench.Knowledge.Current, rule: 0, isRead: false))),
            StringComparison.Ordinal
        );

        _bench.Time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Contains(
            """
            "reasons":{"postgres":"unknown"}
            """,
            await BodyAsync(_answers.For(_bench.Guard.Preview(_bench.Knowledge.Current, rule: 0, isRead: false))),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Override_is_not_told_of_after_its_end()
    {
        _bench.Override(closed: true, TimeSpan.FromMilliseconds(5));
        Assert.Contains("closed-by-operator", await BodyAsync(await AskAsync("/pg")), StringComparison.Ordinal);

        _bench.Time.Advance(TimeSpan.FromMilliseconds(5));

        Assert.StartsWith("""{"verdict":"open","rule":"/pg",""", await BodyAsync(await AskAsync("/pg")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_and_read_are_told_apart()
    {
        _bench.Know("postgres", DependencyStatus.Warn, Reasons.ReadOnly);

        Assert.StartsWith("""{"verdict":"open",""", await BodyAsync(await AskAsync("/pg", "GET")), StringComparison.Ordinal);
        Assert.Contains(
            """
            "verdict":"closed",
            """,
            await BodyAsync(await AskAsync("/pg", "POST")),
            StringComparison.Ordinal
        );
        Assert.StartsWith("""{"verdict":"open",""", await BodyAsync(await AskAsync("/pg", "GET")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_that_is_given_again_is_the_same_to_the_byte()
    {
        _bench.Know("postgres", DependencyStatus.Fail);
        string first = await BodyAsync(await AskAsync("/both"));

        Assert.Contains("Gateway dependency unavailable: PostgreSQL.", first, StringComparison.Ordinal);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(first, await BodyAsync(await AskAsync("/both")));
        }

        Assert.Equal("", await BodyAsync(await AskAsync("/both"), HttpMethods.Head));
        Assert.Equal(first, await BodyAsync(await AskAsync("/both")));
    }

    private async Task<Task<IResult>> AskAsync(string path, string method = "POST") =>
        _answers.For(await _bench.Guard.DecideAsync(path, method));

    private static async Task<string> BodyAsync(Task<IResult> answer, string method = "GET")
    {
        using MemoryStream body = new();
        DefaultHttpContext context = new();
        context.Request.Method = method;
        context.Response.Body = body;
        await (await answer).ExecuteAsync(context);
        await context.Response.BodyWriter.FlushAsync();
        return Encoding.UTF8.GetString(body.ToArray());
    }
}
