using System.Reflection;
using HxFunctions.Cli.LocalHost;
using Microsoft.AspNetCore.Http;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>One invocation. Stands in for the worker package's type of this name, with what triggers may use.</summary>
/// <remarks>
/// Binding from the request is implemented explicitly: RequestDelegateFactory finds it there, and the class's own shape
/// stays the worker's.
/// </remarks>
public abstract class FunctionContext : IBindableFromHttpContext<FunctionContext>
{
    /// <summary>Unique to this invocation.</summary>
    public abstract string InvocationId { get; }

    /// <summary>The function that is invoked.</summary>
    public abstract FunctionDefinition FunctionDefinition { get; }

    /// <summary>The services of this invocation's scope.</summary>
    public abstract IServiceProvider InstanceServices { get; set; }

    /// <summary>Fires when the caller goes away or the host stops.</summary>
    public virtual CancellationToken CancellationToken { get; } = CancellationToken.None;

    static ValueTask<FunctionContext?> IBindableFromHttpContext<FunctionContext>.BindAsync(HttpContext context, ParameterInfo parameter) =>
        ValueTask.FromResult<FunctionContext?>(LocalFunctionContext.ForRequest(context));
}
