using System.Net;
using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Worker;

/// <summary>How much the app reads of a body. The Functions host lets 100 MB and more through.</summary>
public sealed class WorkerBodyTests
{
    private const int Limit = 64 * 1024;
    private const int Huge = 110_000_000;

    [Fact]
    public async Task Announced_body_over_the_limit_is_refused_without_being_asked_for()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using PlayedHost host = await PlayedHost.StartAsync(WorkerSettings.With(qdrant));
        using RawRequest request = await RawRequest.BeginAsync(
            host,
            "POST",
            "/override",
            $"Content-Length: {Huge}",
            "Expect: 100-continue"
        );

        // No "100 Continue" comes before it.
        string answer = await request.ReadUntilAsync("}");
        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
        Assert.Contains("urn:hxfunctions:problem:too-large", answer, StringComparison.Ordinal);
        Assert.Equal(400, (await host.SendAsync("POST", "/override", new Spaces(Limit, announced: true))).Status);
        AssertTooLarge(await host.SendAsync("POST", "/override", new Spaces(Limit + 1, announced: true)));
    }

    [Fact]
    public async Task Body_of_unknown_length_is_refused_at_the_limit()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using PlayedHost host = await PlayedHost.StartAsync(WorkerSettings.With(qdrant));

        Assert.Equal(400, (await host.SendAsync("POST", "/override", new Spaces(Limit, announced: false))).Status);
        AssertTooLarge(await host.SendAsync("POST", "/override", new Spaces(Limit + 1, announced: false)));

        // The answer doesn't wait for the end of the body.
        using RawRequest request = await RawRequest.BeginAsync(host, "POST", "/override", "Transfer-Encoding: chunked");
        await request.WriteChunkAsync(new string(' ', Limit + 1));
        string answer = await request.ReadUntilAsync("}");
        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
        Assert.Contains("urn:hxfunctions:problem:too-large", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "/guard/check/v1/models")]
    [InlineData("DELETE", "/override")]
    public async Task Other_endpoints_answer_before_the_body_has_come(string method, string target)
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using PlayedHost host = await PlayedHost.StartAsync(WorkerSettings.With(qdrant));

        using RawRequest request = await RawRequest.BeginAsync(host, method, target, "Content-Length: 1000000");

        Assert.StartsWith("HTTP/1.1 200", await request.ReadUntilAsync("}"), StringComparison.Ordinal);
        Assert.Equal(Protocol.StatusResult.Types.Status.Success, (await request.Invocation.Response).Result.Status);
    }

    private static void AssertTooLarge(WorkerAnswer answer)
    {
        Assert.Equal(
            (413, "application/problem+json", "no-store", true),
            (answer.Status, answer.Headers["Content-Type"], answer.Headers["Cache-Control"], answer.Succeeded)
        );
        Assert.Contains("urn:hxfunctions:problem:too-large", answer.Body, StringComparison.Ordinal);
    }

    /// <summary>So many spaces, of a length that is announced or not.</summary>
    private sealed class Spaces(int length, bool announced) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            byte[] spaces = new byte[length];
            spaces.AsSpan().Fill((byte)' ');
            await stream.WriteAsync(spaces);
        }

        protected override bool TryComputeLength(out long computed)
        {
            computed = length;
            return announced;
        }
    }
}
