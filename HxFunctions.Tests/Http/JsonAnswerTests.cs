using System.Text;
using System.Text.Json;
using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Tests.Http;

/// <summary>Answers share their thread's buffer: nothing of one may be in the next.</summary>
public class JsonAnswerTests
{
    [Fact]
    public async Task An_answer_after_one_that_could_not_be_written_is_whole()
    {
        Answer broken = new(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("begun", "and never ended");
            writer.Flush();
            throw new InvalidOperationException();
        });

        await Assert.ThrowsAsync<InvalidOperationException>(() => broken.ExecuteAsync(Context(out _)));
        Assert.Equal("""{"text":"whole"}""", await SentAsync(Text("whole")));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(511)]
    [InlineData(100_000)]
    public async Task A_short_answer_after_a_long_one_has_nothing_of_it(int length)
    {
        string text = new('x', length);

        Assert.Equal($$"""{"text":"{{text}}"}""", await SentAsync(Text(text)));
        Assert.Equal("""{"text":"short"}""", await SentAsync(Text("short")));
        Assert.Equal("""{"text":"short"}""", Text("short").ToJson());
    }

    [Fact]
    public async Task Answers_of_many_threads_do_not_mix()
    {
        string[] sent = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() => SentAsync(Text(new('x', i * 50))))));

        Assert.Equal(Enumerable.Range(0, 64).Select(i => $$"""{"text":"{{new string('x', i * 50)}}"}"""), sent);
    }

    [Fact]
    public void Buffer_is_the_threads_own_until_an_answer_makes_it_large()
    {
        Answer small = Text("short"),
            large = Text(new('x', 100_000));
        small.ToJson();
        Assert.InRange(AllocatedBy(small), 1, 511);

        large.ToJson();
        Assert.InRange(AllocatedBy(small), 512, 2_000);
        Assert.InRange(AllocatedBy(small), 1, 511);
    }

    private static long AllocatedBy(Answer answer)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        answer.ToJson();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static Answer Text(string text) =>
        new(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("text", text);
            writer.WriteEndObject();
        });

    private static async Task<string> SentAsync(Answer answer)
    {
        HttpContext context = Context(out MemoryStream body);
        await answer.ExecuteAsync(context);
        await context.Response.BodyWriter.FlushAsync();
        Assert.Equal(context.Response.ContentLength, body.Length);
        return Encoding.UTF8.GetString(body.ToArray());
    }

    private static DefaultHttpContext Context(out MemoryStream body)
    {
        body = new();
        DefaultHttpContext context = new();
        context.Request.Method = "GET";
        context.Response.Body = body;
        return context;
    }

    private sealed class Answer(Action<Utf8JsonWriter> write) : JsonAnswer
    {
        protected override int Status => 200;

        protected override void Write(Utf8JsonWriter writer) => write(writer);
    }
}
