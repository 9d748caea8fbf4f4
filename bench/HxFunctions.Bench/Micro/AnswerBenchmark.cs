using BenchmarkDotNet.Attributes;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace HxFunctions.Bench.Micro;

/// <summary>From the request to the written answer: read the headers, decide, write JSON. Without the server.</summary>
[MemoryDiagnoser]
public class AnswerBenchmark
{
    private readonly GuardScene _up = new(23, DependencyStatus.Pass);
    private readonly GuardScene _down = new(23, DependencyStatus.Fail);
    private readonly HttpContext _context = NewContext();
    private GuardHandler _open = null!;
    private GuardHandler _closed = null!;

    [GlobalSetup]
    public void Start()
    {
        _open = _up.Api;
        _closed = _down.Api;
        if (Open() != 200 || Closed() != 503)
        {
            throw new InvalidOperationException("The guard answers otherwise than the names of the benchmarks say.");
        }
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        await _up.DisposeAsync();
        await _down.DisposeAsync();
    }

    [Benchmark]
    public int Open() => Answer(_open);

    [Benchmark]
    public int Closed() => Answer(_closed);

    private static DefaultHttpContext NewContext()
    {
        DefaultHttpContext context = new();
        context.Features.Set<IHttpResponseBodyFeature>(new DiscardedBody());
        context.Request.Method = "GET";
        context.Request.Headers["X-Original-URI"] = "/v1/keys/3f2a";
        context.Request.Headers["X-Original-Method"] = "POST";
        return context;
    }

    private int Answer(GuardHandler api)
    {
        Task<IResult> answer = api.GuardAsync(_context.Request);
        if (!answer.IsCompletedSuccessfully)
        {
            throw new InvalidOperationException("An answer from memory waits for nothing.");
        }

        Task written = answer.Result.ExecuteAsync(_context);
        return written.IsCompletedSuccessfully
            ? _context.Response.StatusCode
            : throw new InvalidOperationException("The answer is not written.");
    }
}
