namespace HxFunctions.Core.Configuration;

/// <summary>Variables that are set under a name close to one of ours, e.g. <c>GUARD_MOD</c>: they have no effect, and nothing else would
/// say so.</summary>
internal static class MistypedNames
{
    /// <summary>From here on two letters may be wrong; of a shorter name, one.</summary>
    private const int Long = 10;

    private static readonly HashSet<string> Names =
    [
        .. Variables.All.Concat(Variables.OfCommandLine).Select(variable => variable.Name),
        Variables.ApplicationInsights,
        Variables.OtlpEndpoint,
    ];

    private static readonly HashSet<string> Beginnings = [.. Names.Select(BeginningOf)];

    /// <summary>A hint for each.</summary>
    public static void Check(VariableReader variables)
    {
        foreach (string name in variables.Names.Where(name => !Names.Contains(name) && IsPlain(name)))
        {
            if (Meant(name) is { } meant)
            {
                variables.AddHint(name, $"is not a setting: probably {meant} is meant");
            }
        }
    }

    /// <summary>The variable that was probably meant; <see langword="null"/>: the name is somebody else's.</summary>
    internal static string? Meant(string name)
    {
        // REDIS_SSL and DB_URL are others' names, and two letters away from ours.
        int most = name.Length >= Long && Beginnings.Contains(BeginningOf(name)) ? 2 : 1;
        return Names
            .Where(ours => Math.Abs(ours.Length - name.Length) <= most)
            .Select(ours => (Name: ours, Distance: NameDistance.Between(ours, name)))
            .Where(near => near.Distance <= most)
            .OrderBy(near => near.Distance)
            .FirstOrDefault()
            .Name;
    }

    /// <summary>Whether a name may be shown as it is.</summary>
    private static bool IsPlain(string name) => name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static string BeginningOf(string name) => name.Split('_')[0];
}
