using HxFunctions.SystemTests.Worker.Protocol;

namespace HxFunctions.SystemTests.Worker;

/// <summary>A function under way.</summary>
/// <param name="Response">What the worker says of it at its end.</param>
internal sealed record Invocation(string Id, Task<InvocationResponse> Response)
{
    /// <summary>By it the worker knows which invocation an HTTP request belongs to.</summary>
    public const string Header = "x-ms-invocation-id";
}
