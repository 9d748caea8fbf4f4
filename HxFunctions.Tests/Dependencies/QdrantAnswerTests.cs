using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Tests.Dependencies;

public class QdrantAnswerTests
{
    [Theory]
    [InlineData("""{"result":{"collections":[]},"status":"ok"}""", "collections", JsonTokenType.StartArray, null)]
    [InlineData("""{"result":{"collections":[{"name":"]}"},[[1]]]}""", "collections", JsonTokenType.StartArray, null)]
    [InlineData("""{"time":1,"usage":{"collections":1},"result":{"a":{"collections":2},"collections":[1]}}""", "collections", null, null)]
    [InlineData("""{"result":{"collections":"none"}}""", "collections", JsonTokenType.String, "none")]
    [InlineData("""{"result":{"collections":null}}""", "collections", JsonTokenType.Null, null)]
    [InlineData("""{"result":{"status":"green","config":{"status":"red"}}}""", "status", JsonTokenType.String, "green")]
    [InlineData("""{"result":{"config":{"status":"red"},"status":"grey"}}""", "status", JsonTokenType.String, "grey")]
    public async Task Member_of_the_result_is_found_however_the_bytes_come(string json, string member, JsonTokenType? kind, string? text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        byte[] marked = [.. Encoding.UTF8.Preamble, .. bytes];
        foreach ((byte[] sent, int chunk) in new[] { (bytes, 1), (bytes, 7), (bytes, 100_000), (marked, 1), (marked, 100_000) })
        {
            using StreamContent content = new(new ChunkedStream(sent, chunk));
            QdrantAnswer answer = await QdrantAnswer.ReadAsync(content, member, default);
            Assert.Equal(kind ?? JsonTokenType.StartArray, answer.Kind);
            Assert.Equal(text, answer.Text);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("no JSON")]
    [InlineData("{\"result\":{\"collections\":[{\"na\0")]
    [InlineData("""{"result":{"collections":[""")]
    [InlineData("""{"result":{"collections":[1}""")]
    [InlineData("""{"result":[{"collections":[]}]}""")]
    [InlineData("""{"status":{"collections":[]}}""")]
    [InlineData("""{"result":{"points":[]}}""")]
    public async Task Answer_without_it_is_refused(string text)
    {
        using StringContent content = new(text);
        await Assert.ThrowsAnyAsync<JsonException>(() => QdrantAnswer.ReadAsync(content, "collections", default));
    }

    [Fact]
    public async Task Answer_and_token_without_end_are_given_up()
    {
        using StringContent token = new($"{{\"result\":{{\"collections\":[\"{new string('a', 100_000)}\"]}}}}");
        await Assert.ThrowsAnyAsync<JsonException>(() => QdrantAnswer.ReadAsync(token, "collections", default));

        string list = string.Concat(Enumerable.Repeat("\"a\",", (QdrantAnswer.MaxLength / 4) + 100_000));
        using StringContent endless = new($"{{\"result\":{{\"collections\":[{list}1]}}}}");
        await Assert.ThrowsAnyAsync<JsonException>(() => QdrantAnswer.ReadAsync(endless, "collections", default));
    }

    [Fact]
    public async Task Body_that_is_not_compressed_as_it_says_is_an_unexpected_response()
    {
        using StringContent content = new("{}", new MediaTypeHeaderValue("application/json"));
        content.Headers.ContentEncoding.Add("gzip");
        Exception exception = await Assert.ThrowsAnyAsync<Exception>(() => QdrantAnswer.ReadAsync(content, "collections", default));
        Assert.Equal(Reasons.UnexpectedResponse, HttpFailures.Classify(exception));
    }

    private sealed class ChunkedStream(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(chunk, buffer.Length)], cancellationToken);
    }
}
