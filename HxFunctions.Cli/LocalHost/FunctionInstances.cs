using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.Cli.LocalHost;

/// <summary>One object per class of functions, made when first needed and kept: the worker makes one per invocation.</summary>
/// <remarks>So a trigger class may hold singletons only, and no state; scoped services resolve from the root.</remarks>
internal sealed class FunctionInstances(IServiceProvider services)
{
    private readonly ConcurrentDictionary<Type, Lazy<object>> _instances = new();

    /// <summary>The object to call the method on; null for a static one.</summary>
    /// <exception cref="InvalidOperationException">A constructor's service is not registered. What the constructor throws comes
    /// through.</exception>
    public object? For(MethodInfo method) =>
        method.IsStatic
            ? null
            : _instances
                .GetOrAdd(method.DeclaringType!, type => new Lazy<object>(() => ActivatorUtilities.CreateInstance(services, type)))
                .Value;
}
