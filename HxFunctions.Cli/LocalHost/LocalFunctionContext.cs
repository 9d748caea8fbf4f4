using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace HxFunctions.Cli.LocalHost;

/// <summary>One invocation in LocalHost.</summary>
internal sealed class LocalFunctionContext(FunctionDefinition definition, IServiceProvider services, CancellationToken cancellationToken) : FunctionContext
{
    /// <inheritdoc/>
    public override string InvocationId { get; } = Guid.NewGuid().ToString();

    /// <inheritdoc/>
    public override FunctionDefinition FunctionDefinition { get; } = definition;

    /// <inheritdoc/>
    public override IServiceProvider InstanceServices { get; set; } = services;

    /// <inheritdoc/>
    public override CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>The context of the function that the request was routed to.</summary>
    /// <exception cref="InvalidOperationException">The request was not routed to a function.</exception>
    public static LocalFunctionContext ForRequest(HttpContext context)
    {
        HttpFunction function = context.GetEndpoint()?.Metadata.GetMetadata<HttpFunction>()
            ?? throw new InvalidOperationException("The request was not routed to a function.");
        return new LocalFunctionContext(function.Definition, context.RequestServices, context.RequestAborted);
    }
}

/// <summary>A function as its context describes it.</summary>
internal sealed class LocalFunctionDefinition(string name, string entryPoint) : FunctionDefinition
{
    /// <inheritdoc/>
    public override string Name { get; } = name;

    /// <inheritdoc/>
    public override string EntryPoint { get; } = entryPoint;
}
