namespace HxFunctions.SystemTests.Worker;

/// <summary>What a worker said, and what the Functions host makes of it.</summary>
/// <param name="Source">How it came.</param>
/// <param name="Level">The level that the host gives it: <c>Information</c>, <c>Warning</c>, <c>Error</c> …</param>
/// <param name="Text">The message, of an <see cref="HostLogSource.Rpc"/> one with its exception and properties.</param>
/// <param name="Category">The logger's name; empty for a line of the console.</param>
/// <param name="InvocationId">The invocation that it belongs to, or empty.</param>
/// <param name="IsKept">Whether it gets into the host's log. The host drops what belongs to no running invocation.</param>
internal sealed record HostLogLine(HostLogSource Source, string Level, string Text, string Category, string InvocationId, bool IsKept);

internal enum HostLogSource
{
    /// <summary>A message over the stream.</summary>
    Rpc,

    /// <summary>A line of standard output.</summary>
    Output,

    /// <summary>A line of standard error.</summary>
    Error,
}
