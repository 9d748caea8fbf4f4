namespace HxFunctions.Core.Routing;

/// <summary>Which routes need which dependencies.</summary>
/// <param name="Prefix">
/// The route in plain form, matched on whole segments and in any case: <c>/v1/keys</c> covers itself and everything below.
/// <c>/</c> covers every path.
/// </param>
/// <param name="Methods">The methods that it's about; <see cref="GuardMethods.All"/> when it names none.</param>
/// <param name="Dependencies">Names of the dependencies, lower-case, in the order given.</param>
internal sealed record GuardRule(string Prefix, GuardMethods Methods, IReadOnlyList<string> Dependencies)
{
    /// <summary>Whether the rule is about a request with this one method.</summary>
    /// <remarks>
    /// HEAD runs what GET runs (RFC 9110 section 9.3.2). A method that isn't known can't be ruled out, so it counts for every rule.
    /// </remarks>
    public bool Applies(GuardMethods method) =>
        method switch
        {
            GuardMethods.None or GuardMethods.Other => true,
            GuardMethods.Head => (Methods & (GuardMethods.Head | GuardMethods.Get)) != 0,
            _ => (Methods & method) != 0,
        };

    /// <summary>The rule as an entry of GUARD_ROUTES.</summary>
    public override string ToString()
    {
        string methods = Methods == GuardMethods.All ? "" : " " + GuardMethod.Format(Methods);
        return $"{Prefix}{methods}={string.Join(',', Dependencies)}";
    }
}
