namespace HxFunctions.Core.Configuration;

/// <summary>One thing wrong with the configuration. Names the variable and what is wrong with it, never its value.</summary>
public sealed record ConfigurationProblem(string Variable, string Problem)
{
    /// <summary>One line, e.g. <c>PG_TIMEOUT must be a number of seconds from 0.1 to 60</c>.</summary>
    public override string ToString() => $"{Variable} {Problem}";
}
