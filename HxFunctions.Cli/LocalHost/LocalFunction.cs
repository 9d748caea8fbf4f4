using System.Reflection;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;

namespace HxFunctions.Cli.LocalHost;

/// <summary>A method marked with <see cref="FunctionAttribute"/>.</summary>
/// <param name="Name">The name in the attribute.</param>
/// <param name="Method">The method itself.</param>
internal abstract record LocalFunction(string Name, MethodInfo Method)
{
    /// <summary>The function as its context describes it.</summary>
    public FunctionDefinition Definition { get; } = new LocalFunctionDefinition(Name, $"{Method.DeclaringType?.FullName}.{Method.Name}");
}

/// <summary>A function with an HTTP trigger.</summary>
/// <param name="Name">The name in the attribute.</param>
/// <param name="Method">The method itself.</param>
/// <param name="Level">The key it asks for.</param>
/// <param name="HttpMethods">The HTTP methods it answers, upper case; none means all.</param>
/// <param name="Route">The route without the host's prefix.</param>
internal sealed record HttpFunction(
    string Name,
    MethodInfo Method,
    AuthorizationLevel Level,
    IReadOnlyList<string> HttpMethods,
    RoutePattern Route
) : LocalFunction(Name, Method)
{
    /// <summary>Whether its route ends in a catch-all: then it reads the target itself, dot segments and all.</summary>
    public bool TakesAnyPath { get; } = Route.Parameters.Any(parameter => parameter.IsCatchAll);

    /// <summary>Whether a method exists that both functions answer.</summary>
    public bool SharesMethodWith(HttpFunction other) =>
        HttpMethods.Count == 0 || other.HttpMethods.Count == 0 || HttpMethods.Intersect(other.HttpMethods, StringComparer.Ordinal).Any();
}

/// <summary>A function with a timer trigger.</summary>
/// <param name="Name">The name in the attribute.</param>
/// <param name="Method">The method itself.</param>
/// <param name="Trigger">The schedule, settings not resolved, and its switches.</param>
internal sealed record TimerFunction(string Name, MethodInfo Method, TimerTriggerAttribute Trigger) : LocalFunction(Name, Method);
