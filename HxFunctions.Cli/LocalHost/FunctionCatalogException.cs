namespace HxFunctions.Cli.LocalHost;

/// <summary>Some functions can't be served; says which and why, all at once.</summary>
/// <param name="problems">One sentence each.</param>
internal sealed class FunctionCatalogException(IReadOnlyList<string> problems)
    : Exception("The functions can't be served:" + string.Concat(problems.Select(problem => $"{Environment.NewLine}- {problem}")))
{
    /// <summary>One sentence each, naming the function.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
