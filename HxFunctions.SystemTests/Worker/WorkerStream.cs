using System.Collections.Concurrent;
using Grpc.Core;
using HxFunctions.SystemTests.Worker.Protocol;
using Content = HxFunctions.SystemTests.Worker.Protocol.StreamingMessage.ContentOneofCase;

namespace HxFunctions.SystemTests.Worker;

/// <summary>The stream of messages with one worker. Matches responses to requests; the worker's records go to the log.</summary>
internal sealed class WorkerStream(string workerId, HostLog log) : FunctionRpc.FunctionRpcBase
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> _asked = new();
    private readonly TaskCompletionSource<IServerStreamWriter<StreamingMessage>> _connected = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly SemaphoreSlim _writing = new(1);

    /// <summary>Ends when the worker has called.</summary>
    public Task Connected => _connected.Task;

    /// <summary>The call that the worker makes and keeps for as long as it lives.</summary>
    public override async Task EventStream(
        IAsyncStreamReader<StreamingMessage> requestStream,
        IServerStreamWriter<StreamingMessage> responseStream,
        ServerCallContext context
    )
    {
        try
        {
            while (await requestStream.MoveNext(context.CancellationToken))
            {
                Take(requestStream.Current, responseStream);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The worker is gone.
        }
        finally
        {
            foreach (string request in _asked.Keys)
            {
                Answer(request)?.TrySetException(new IOException("The worker is gone."));
            }
        }
    }

    /// <summary>Sends a request and waits for its response.</summary>
    /// <exception cref="IOException">The worker ended before it answered.</exception>
    /// <exception cref="TimeoutException">It gave no answer.</exception>
    public async Task<StreamingMessage> AskAsync(StreamingMessage request, Content expected)
    {
        request.RequestId = Guid.NewGuid().ToString();
        TaskCompletionSource<StreamingMessage> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[request.RequestId] = answer;
        await TellAsync(request);
        StreamingMessage response = await answer.Task.WaitAsync(PlayedHost.Patience);
        Assert.Equal(expected, response.ContentCase);
        return response;
    }

    /// <summary>Sends a message that has no response.</summary>
    public async Task TellAsync(StreamingMessage message)
    {
        IServerStreamWriter<StreamingMessage> writer = await _connected.Task.WaitAsync(PlayedHost.Patience);
        await _writing.WaitAsync();
        try
        {
            await writer.WriteAsync(message);
        }
        finally
        {
            _writing.Release();
        }
    }

    private void Take(StreamingMessage message, IServerStreamWriter<StreamingMessage> writer)
    {
        switch (message.ContentCase)
        {
            case Content.StartStream:
                Assert.Equal(workerId, message.StartStream.WorkerId);
                _connected.TrySetResult(writer);
                break;
            case Content.RpcLog:
                log.Add(message.RpcLog);
                break;
            case Content.InvocationResponse:
                // Before anything else is read: what is logged after the response belongs to no invocation any more.
                log.End(message.InvocationResponse.InvocationId);
                Answer(message.RequestId)?.TrySetResult(message);
                break;
            default:
                Answer(message.RequestId)?.TrySetResult(message);
                break;
        }
    }

    private TaskCompletionSource<StreamingMessage>? Answer(string request) =>
        _asked.TryRemove(request, out TaskCompletionSource<StreamingMessage>? answer) ? answer : null;
}
