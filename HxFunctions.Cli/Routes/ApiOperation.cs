using HxFunctions.Core.Routing;

namespace HxFunctions.Cli.Routes;

/// <summary>A path and a method of an OpenAPI document.</summary>
/// <param name="Path">As the document has it: parameters in braces, without what <c>servers</c> puts in front.</param>
/// <param name="Method">One method.</param>
/// <param name="Tags">In the document's order.</param>
/// <param name="IsPublic">Whether it says by itself that it needs no key: <c>"security": []</c>.</param>
internal sealed record ApiOperation(string Path, GuardMethods Method, IReadOnlyList<string> Tags, bool IsPublic = false);
