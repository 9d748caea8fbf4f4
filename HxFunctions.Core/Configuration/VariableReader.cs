using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Core.Configuration;

/// <summary>Reads one variable at a time and collects what is wrong. A default stands in for a wrong value.</summary>
internal sealed class VariableReader(IConfiguration configuration)
{
    private readonly List<ConfigurationProblem> _problems = [];
    private readonly List<ConfigurationProblem> _hints = [];

    /// <summary>Azure leaves the reference itself in place when it can't resolve it.</summary>
    private const string Unresolved =
        "is a Key Vault reference that Azure could not resolve: check the app's identity and its access to the vault";

    public delegate bool Parser<T>(string value, [NotNullWhen(true)] out T? url, out string? problem);

    public IReadOnlyList<ConfigurationProblem> Problems => _problems;

    public IReadOnlyList<ConfigurationProblem> Hints => _hints;

    public bool IsSet(string variable) => !string.IsNullOrWhiteSpace(configuration[variable]);

    public T? Url<T>(string variable, Parser<T> parse)
        where T : class
    {
        if (Text(variable) is not { } value)
        {
            return null;
        }

        if (parse(value, out T? url, out string? problem))
        {
            return url;
        }

        AddProblem(variable, problem ?? "can't be read");
        return null;
    }

    public TimeSpan Seconds(string variable, double least, double most)
    {
        TimeSpan fallback = TimeSpan.FromSeconds(double.Parse(Variables.ByName[variable].Default!, CultureInfo.InvariantCulture));
        if (Text(variable) is not { } value)
        {
            return fallback;
        }

        if (
            double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
            && seconds >= least
            && seconds <= most
        )
        {
            return TimeSpan.FromSeconds(seconds);
        }

        AddProblem(variable, string.Create(CultureInfo.InvariantCulture, $"must be a number of seconds from {least} to {most}"));
        return fallback;
    }

    public int Integer(string variable, int least, int most)
    {
        int fallback = int.Parse(Variables.ByName[variable].Default!, CultureInfo.InvariantCulture);
        if (Text(variable) is not { } value)
        {
            return fallback;
        }

        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
        {
            return number;
        }

        AddProblem(variable, $"must be a whole number from {least} to {most}");
        return fallback;
    }

    public bool Boolean(string variable)
    {
        bool fallback = Variables.ByName[variable].Default == "true";
        switch (Text(variable)?.ToUpperInvariant())
        {
            case null:
                return fallback;
            case "TRUE" or "1" or "YES" or "ON":
                return true;
            case "FALSE" or "0" or "NO" or "OFF":
                return false;
            default:
                AddProblem(variable, "must be true or false");
                return fallback;
        }
    }

    public string OneOf(string variable, params ReadOnlySpan<string> choices)
    {
        string fallback = Variables.ByName[variable].Default!;
        if (Text(variable) is not { } value)
        {
            return fallback;
        }

        foreach (string choice in choices)
        {
            if (choice.Equals(value, StringComparison.OrdinalIgnoreCase))
            {
                return choice;
            }
        }

        AddProblem(variable, $"must be {WordList.Or(choices)}");
        return fallback;
    }

    /// <summary>The value without surrounding white space; blank counts as not set, as portals leave blank settings behind.</summary>
    public string? Text(string variable)
    {
        string? value = configuration[variable]?.Trim();
        if (string.IsNullOrEmpty(value))
        {
            return null;
        }

        if (!IsReference(value))
        {
            return value;
        }

        AddProblem(variable, Unresolved);
        return null;
    }

    /// <summary>A value that the app can do without: what is wrong with it is a hint, and it counts as not set.</summary>
    /// <param name="problemOf">What is wrong with a value, never quoting it; <see langword="null"/>: nothing.</param>
    /// <param name="consequence">What the app does without it, as a sentence that ends the hint.</param>
    public string? Optional(string variable, Func<string, string?> problemOf, string consequence)
    {
        string? value = configuration[variable]?.Trim();
        if (string.IsNullOrEmpty(value))
        {
            return null;
        }

        if ((IsReference(value) ? Unresolved : problemOf(value)) is not { } problem)
        {
            return value;
        }

        AddHint(variable, $"{problem}. {consequence}");
        return null;
    }

    public void AddProblem(string variable, string problem) => AddProblem(new(variable, problem));

    /// <summary>Adds it, once.</summary>
    public void AddProblem(ConfigurationProblem problem)
    {
        if (!_problems.Contains(problem))
        {
            _problems.Add(problem);
        }
    }

    public void AddHint(string variable, string hint) => _hints.Add(new(variable, hint));

    /// <summary>The names of what is set, e.g. all of the environment.</summary>
    public IEnumerable<string> Names => configuration.GetChildren().Select(child => child.Key);

    /// <summary>Everything in a section, by its whole key.</summary>
    public IConfigurationSection Section(string name) => configuration.GetSection(name);

    private static bool IsReference(string value) => value.StartsWith("@Microsoft.KeyVault(", StringComparison.OrdinalIgnoreCase);
}
