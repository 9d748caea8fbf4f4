using System.Text.Json;
using HxFunctions.SystemTests.Worker.Protocol;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;

namespace HxFunctions.SystemTests.Worker;

/// <summary>A function that the worker has told of.</summary>
/// <param name="Id">The id by which it is invoked.</param>
/// <param name="Binding">The trigger's parameter.</param>
/// <param name="Trigger">The trigger's type: <c>httpTrigger</c> or <c>timerTrigger</c>.</param>
/// <param name="Route">The route of an HTTP function, else <see langword="null"/>.</param>
/// <param name="Methods">The methods in lower case; empty: all.</param>
/// <param name="Level">The key that the host asks for, for an HTTP function, else <see langword="null"/>.</param>
internal sealed record WorkerFunction(
    string Name,
    string Id,
    string Binding,
    string Trigger,
    string? Route,
    IReadOnlyList<string> Methods,
    string? Level
)
{
    public static WorkerFunction From(RpcFunctionMetadata metadata)
    {
        JsonElement trigger = metadata
            .RawBindings.Select(binding => JsonDocument.Parse(binding).RootElement)
            .Single(binding => binding.GetProperty("type").GetString()!.EndsWith("Trigger", StringComparison.OrdinalIgnoreCase));
        return new(
            metadata.Name,
            metadata.FunctionId,
            trigger.GetProperty("name").GetString()!,
            trigger.GetProperty("type").GetString()!,
            trigger.TryGetProperty("route", out JsonElement route) ? route.GetString() : null,
            trigger.TryGetProperty("methods", out JsonElement methods) ? [.. methods.EnumerateArray().Select(m => m.GetString()!)] : [],
            trigger.TryGetProperty("authLevel", out JsonElement level) ? level.GetString() : null
        );
    }

    /// <summary>Whether the host would give this function such a request.</summary>
    /// <returns>The route's values, or <see langword="null"/>.</returns>
    public RouteValueDictionary? Match(string method, string path)
    {
        RouteValueDictionary values = [];
        return
            Route is not null
            && (Methods.Count == 0 || Methods.Contains(method, StringComparer.OrdinalIgnoreCase))
            && new TemplateMatcher(TemplateParser.Parse(Route), []).TryMatch(path, values)
            ? values
            : null;
    }
}
