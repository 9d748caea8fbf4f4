using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;

namespace HxFunctions.Cli.LocalHost;

/// <summary>The functions of an app, found by their attributes and checked by the Functions host's rules.</summary>
internal sealed class FunctionCatalog
{
    private const BindingFlags DeclaredMethods =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private FunctionCatalog(IReadOnlyList<HttpFunction> http, IReadOnlyList<TimerFunction> timers)
    {
        Http = http;
        Timers = timers;
    }

    /// <summary>The functions with an HTTP trigger, by name.</summary>
    public IReadOnlyList<HttpFunction> Http { get; }

    /// <summary>The functions with a timer trigger, by name.</summary>
    public IReadOnlyList<TimerFunction> Timers { get; }

    /// <summary>The functions in the public classes of an assembly, as the worker finds them.</summary>
    /// <remarks>To look at all types would load every package that one of them mentions, at each start.</remarks>
    /// <exception cref="FunctionCatalogException">Some can't be served; lists all of them.</exception>
    public static FunctionCatalog FromAssembly(Assembly assembly) => FromTypes(assembly.GetExportedTypes());

    /// <summary>The functions in some types.</summary>
    /// <exception cref="FunctionCatalogException">Some can't be served; lists all of them.</exception>
    public static FunctionCatalog FromTypes(params IEnumerable<Type> types)
    {
        List<string> problems = new List<string>();
        List<LocalFunction> functions = new List<LocalFunction>();
        foreach (MethodInfo method in types.SelectMany(type => type.GetMethods(DeclaredMethods)))
        {
            if (method.GetCustomAttribute<FunctionAttribute>() is { } attribute && Read(attribute.Name, method, problems) is { } function)
            {
                functions.Add(function);
            }
        }

        // The host sorts them so and tries their routes in that order; FunctionRules holds routes to it.
        functions.Sort((one, other) => StringComparer.OrdinalIgnoreCase.Compare(one.Name, other.Name));
        HttpFunction[] http = [.. functions.OfType<HttpFunction>()];
        problems.AddRange(FunctionRules.OfNames(functions));
        problems.AddRange(FunctionRules.OfRoutes(http));
        return problems.Count == 0
            ? new FunctionCatalog(http, [.. functions.OfType<TimerFunction>()])
            : throw new FunctionCatalogException(problems);
    }

    private static LocalFunction? Read(string name, MethodInfo method, List<string> problems)
    {
        int before = problems.Count;
        problems.AddRange(FunctionRules.OfMethod(name, method));
        List<Attribute> triggers = new List<Attribute>();
        ParameterInfo? triggered = null;
        foreach (ParameterInfo parameter in method.GetParameters())
        {
            foreach (
                Attribute attribute in parameter
                    .GetCustomAttributes()
                    .Where(attribute => attribute is HttpTriggerAttribute or TimerTriggerAttribute)
            )
            {
                triggers.Add(attribute);
                triggered = parameter;
            }
        }

        if (triggers is not [var trigger])
        {
            problems.Add($"{name}: it has {triggers.Count} trigger parameters, and needs one.");
            return null;
        }

        Type expected = trigger is HttpTriggerAttribute ? typeof(HttpRequest) : typeof(TimerInfo);
        if (triggered!.ParameterType != expected)
        {
            problems.Add($"{name}: its trigger parameter '{triggered.Name}' must be of type {expected.Name}.");
        }

        LocalFunction? function = trigger is HttpTriggerAttribute http
            ? ReadHttp(name, method, http, problems)
            : ReadTimer(name, method, (TimerTriggerAttribute)trigger, problems);
        return problems.Count == before ? function : null;
    }

    private static HttpFunction? ReadHttp(string name, MethodInfo method, HttpTriggerAttribute trigger, List<string> problems)
    {
        string route = string.IsNullOrWhiteSpace(trigger.Route) ? name : trigger.Route;
        RoutePattern pattern;
        try
        {
            pattern = RoutePatternFactory.Parse(route);
        }
        catch (RoutePatternException exception)
        {
            problems.Add($"{name}: the route '{route}' is not a route template: {exception.Message}");
            return null;
        }

        problems.AddRange(FunctionRules.OfRoute(name, route));
        problems.AddRange(FunctionRules.OfHttpParameters(name, method, pattern));
        problems.AddRange(FunctionRules.OfResult(name, method, typeof(IResult)));
        string[] methods = [.. (trigger.Methods ?? []).Select(verb => verb.ToUpperInvariant()).Distinct(StringComparer.Ordinal)];
        return new HttpFunction(name, method, trigger.AuthLevel, methods, pattern);
    }

    private static TimerFunction ReadTimer(string name, MethodInfo method, TimerTriggerAttribute trigger, List<string> problems)
    {
        problems.AddRange(FunctionRules.OfTimerParameters(name, method));
        problems.AddRange(FunctionRules.OfResult(name, method, null));
        return new TimerFunction(name, method, trigger);
    }
}
