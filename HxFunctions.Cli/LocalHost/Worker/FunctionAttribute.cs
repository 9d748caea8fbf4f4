namespace Microsoft.Azure.Functions.Worker;

/// <summary>Marks a public method as a function. Stands in for the worker package's attribute of this name.</summary>
/// <param name="name">The function's name, unique in the app regardless of case.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FunctionAttribute(string name) : Attribute
{
    /// <summary>The function's name.</summary>
    public string Name { get; } = name;
}
