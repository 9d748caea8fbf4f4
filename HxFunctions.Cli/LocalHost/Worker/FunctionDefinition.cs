namespace Microsoft.Azure.Functions.Worker;

/// <summary>What is known of a function. Stands in for the worker package's type of this name, with what triggers may use.</summary>
public abstract class FunctionDefinition
{
    /// <summary>The function's name.</summary>
    public abstract string Name { get; }

    /// <summary>The method: <c>Namespace.Type.Method</c>.</summary>
    public abstract string EntryPoint { get; }
}
