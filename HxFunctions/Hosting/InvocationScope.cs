using System.Collections;

namespace HxFunctions.Hosting;

/// <summary>A logging scope around one invocation, by which the worker finds the invocation that a record belongs to.</summary>
/// <remarks>
/// The worker has a scope of its own. With <c>UseFunctionsWorkerDefaults()</c> (schema 1.37.0) that scope lacks the key which the worker
/// looks for when it sends a record to the host, and the host drops records without an invocation:
/// https://github.com/Azure/azure-functions-dotnet-worker/issues/3489.
/// Work that an invocation starts can outlive it and keeps its scope. So the scope is empty from the end of the invocation.
/// </remarks>
internal sealed class InvocationScope(string invocationId) : IEnumerable<KeyValuePair<string, object>>, IDisposable
{
    private const string Key = "AzureFunctions_InvocationId";

    private readonly KeyValuePair<string, object>[] _members = [new(Key, invocationId)];
    private volatile bool _hasEnded;

    public bool IsRunning => !_hasEnded;

    public IEnumerator<KeyValuePair<string, object>> GetEnumerator() =>
        (_hasEnded ? [] : (IEnumerable<KeyValuePair<string, object>>)_members).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose() => _hasEnded = true;
}
