using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;

namespace HxFunctions.Cli.LocalHost;

/// <summary>
/// What the Functions host refuses in a function, or would do wrong without a word: one sentence for each fault. Where
/// LocalHost would serve a function otherwise than the host, it is refused here too.
/// </summary>
/// <remarks>Rules of names and routes: ScriptHost.ValidateFunction and Utility.IsValidFunctionName in azure-functions-host
/// 4.1037.</remarks>
internal static partial class FunctionRules
{
    /// <summary>The method and its class can be called from outside.</summary>
    public static IEnumerable<string> OfMethod(string name, MethodInfo method)
    {
        if (!ValidName().IsMatch(name) || name.Equals("host", StringComparison.OrdinalIgnoreCase))
        {
            yield return $"{name}: the name must begin with a letter, have only letters, digits, '-' and '_', at most 128, and not be 'host'.";
        }

        if (!method.IsPublic || method.DeclaringType is not { IsVisible: true })
        {
            yield return $"{name}: the method and its class must be public.";
        }

        if (method.ContainsGenericParameters || (method.DeclaringType is { IsAbstract: true } && !method.IsStatic))
        {
            yield return $"{name}: the method must not be generic, nor its class generic or abstract.";
        }
    }

    /// <summary>The route is outside of the host's own.</summary>
    public static IEnumerable<string> OfRoute(string name, string route)
    {
        string trimmed = route.Trim('/');
        if (
            trimmed.StartsWith("admin", StringComparison.OrdinalIgnoreCase)
            || trimmed.StartsWith("runtime", StringComparison.OrdinalIgnoreCase)
        )
        {
            yield return $"{name}: the route '{route}' begins with 'admin' or 'runtime', which belong to the host.";
        }

        if (route.StartsWith('/') || route.StartsWith('~'))
        {
            yield return $"{name}: the route '{route}' must not begin with '/' or '~'.";
        }
    }

    /// <summary>Every parameter is one that both hosts fill in, in the same way.</summary>
    public static IEnumerable<string> OfHttpParameters(string name, MethodInfo method, RoutePattern route)
    {
        NullabilityInfoContext nullability = new NullabilityInfoContext();
        foreach (ParameterInfo parameter in method.GetParameters())
        {
            if (parameter.IsDefined(typeof(HttpTriggerAttribute)) || IsAmbient(parameter))
            {
                continue;
            }

            RoutePatternParameterPart? part = parameter.ParameterType == typeof(string) ? route.GetParameter(parameter.Name!) : null;
            if (part is null)
            {
                yield return $"{name}: the parameter '{parameter.Name}' is neither the trigger, a string named in the route, "
                    + "a CancellationToken nor a FunctionContext.";
            }
            else if ((part.IsOptional || part.IsCatchAll) && nullability.Create(parameter).WriteState == NullabilityState.NotNull)
            {
                // The host passes null for it; ASP.NET would answer 400 in the function's place.
                yield return $"{name}: the parameter '{parameter.Name}' may be absent from the route and must be 'string?'.";
            }
        }
    }

    /// <summary>Every parameter is one that both hosts fill in.</summary>
    public static IEnumerable<string> OfTimerParameters(string name, MethodInfo method) =>
        method
            .GetParameters()
            .Where(parameter => !parameter.IsDefined(typeof(TimerTriggerAttribute)) && !IsAmbient(parameter))
            .Select(parameter =>
                $"{name}: the parameter '{parameter.Name}' is neither the trigger, a CancellationToken nor a FunctionContext."
            );

    /// <summary>The result is one that both hosts treat alike: nothing, or the type expected, now or later.</summary>
    public static IEnumerable<string> OfResult(string name, MethodInfo method, Type? expected)
    {
        Type type = method.ReturnType;
        if (type == typeof(void) || type == typeof(Task) || type == typeof(ValueTask))
        {
            yield break;
        }

        if (
            expected is null
            || !(
                expected.IsAssignableFrom(type)
                || type == typeof(Task<>).MakeGenericType(expected)
                || type == typeof(ValueTask<>).MakeGenericType(expected)
            )
        )
        {
            yield return $"{name}: it must return {(expected is null ? "nothing" : $"{expected.Name} or nothing")}, at once or as a task.";
        }
    }

    /// <summary>No two functions have the same name.</summary>
    public static IEnumerable<string> OfNames(IEnumerable<LocalFunction> functions) =>
        functions
            .GroupBy(function => function.Name, StringComparer.OrdinalIgnoreCase)
            .Where(group => group.Count() > 1)
            .Select(group => $"{group.Key}: {group.Count()} functions have this name.");

    /// <summary>No two functions answer the same route and method, and none hides another under the host.</summary>
    /// <param name="functions">In the host's order: by name.</param>
    public static IEnumerable<string> OfRoutes(IReadOnlyList<HttpFunction> functions)
    {
        for (int i = 0; i < functions.Count; i++)
        {
            for (int j = i + 1; j < functions.Count; j++)
            {
                (HttpFunction first, HttpFunction second) = (functions[i], functions[j]);
                if (!first.SharesMethodWith(second) || !RouteOverlap.Exists(first.Route, second.Route))
                {
                    continue;
                }

                if (first.Route.InboundPrecedence == second.Route.InboundPrecedence)
                {
                    yield return $"{second.Name}: the route '{second.Route.RawText}' and a method of it are taken by {first.Name} already.";
                }
                else if (first.Route.InboundPrecedence > second.Route.InboundPrecedence)
                {
                    yield return $"{second.Name}: the Functions host tries routes by function name, so that '{first.Route.RawText}' of "
                        + $"{first.Name} would hide '{second.Route.RawText}'; rename one of them.";
                }
            }
        }
    }

    private static bool IsAmbient(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(CancellationToken) || parameter.ParameterType == typeof(FunctionContext);

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_-]{0,127}\z")]
    private static partial Regex ValidName();
}
