using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace HxFunctions.Bench.Micro;

/// <summary>A response body that is written into the same memory over and over.</summary>
internal sealed class DiscardedBody : PipeWriter, IHttpResponseBodyFeature
{
    private readonly byte[] _memory = new byte[64 * 1024];

    public Stream Stream => Stream.Null;

    public PipeWriter Writer => this;

    public override void Advance(int bytes) { }

    public override void CancelPendingFlush() { }

    public override void Complete(Exception? exception = null) { }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => new(new FlushResult());

    public override Memory<byte> GetMemory(int sizeHint = 0) => _memory;

    public override Span<byte> GetSpan(int sizeHint = 0) => _memory;

    public Task CompleteAsync() => Task.CompletedTask;

    public void DisableBuffering() { }

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
}
