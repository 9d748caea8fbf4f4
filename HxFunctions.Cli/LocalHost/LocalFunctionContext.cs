using Microsoft.Azure.Functions.Worker;

namespace HxFunctions.Cli.LocalHost;

/// <summary>One invocation in LocalHost.</summary>
internal sealed class LocalFunctionContext(FunctionDefinition definition, IServiceProvider services, CancellationToken cancellationToken)
    : FunctionContext
{
    /// <inheritdoc/>
    public override string InvocationId { get; } = Guid.NewGuid().ToString();

    /// <inheritdoc/>
    public override FunctionDefinition FunctionDefinition { get; } = definition;

    /// <inheritdoc/>
    public override IServiceProvider InstanceServices { get; set; } = services;

    /// <inheritdoc/>
    public override CancellationToken CancellationToken { get; } = cancellationToken;
}

/// <summary>A function as its context describes it.</summary>
internal sealed class LocalFunctionDefinition(string name, string entryPoint) : FunctionDefinition
{
    /// <inheritdoc/>
    public override string Name { get; } = name;

    /// <inheritdoc/>
    public override string EntryPoint { get; } = entryPoint;
}
