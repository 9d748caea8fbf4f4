using HxFunctions.SystemTests.Worker.Protocol;

namespace HxFunctions.SystemTests.Worker;

/// <summary>What a worker gave back for a request.</summary>
/// <param name="Status">The HTTP answer's status.</param>
/// <param name="Headers">Its headers, several values of one joined by a comma.</param>
/// <param name="Result">What the worker said of the invocation, over the stream.</param>
internal sealed record WorkerAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body, StatusResult Result)
{
    public bool Succeeded => Result.Status == StatusResult.Types.Status.Success;
}
