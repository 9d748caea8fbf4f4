using HxFunctions.Core.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.EnvironmentVariables;

namespace HxFunctions.Cli.Commands;

/// <summary>What a command works with: environment variables over <c>local.settings.json</c> of the current folder.</summary>
/// <param name="Configuration">All of it, as the functions see it.</param>
/// <param name="Product">The product's settings.</param>
/// <param name="Wrapper">Those of <c>hx serve</c>.</param>
/// <param name="Problems">Everything that is wrong with any of them.</param>
internal sealed record Settings(
    IConfigurationRoot Configuration,
    HxSettings Product,
    WrapperSettings Wrapper,
    IReadOnlyList<ConfigurationProblem> Problems
)
{
    /// <param name="options">Options that win over their variables; problems name them then.</param>
    public static Settings Load(params ReadOnlySpan<VariableOption> options)
    {
        // One without a value would hide the variable's.
        VariableOption[] given = [.. options.ToArray().Where(option => option.Value is not null)];

        LocalSettings file = LocalSettings.OfCurrentFolder();
        IConfigurationBuilder builder = Merge(file)
            .AddInMemoryCollection(given.Select(option => KeyValuePair.Create(option.Variable, option.Value)));
        Settings settings = From(builder.Build(), file.Problems);
        return settings with
        {
            Problems = [.. settings.Problems.Select(problem => NameOption(problem, given)), .. ForeignHeaders(settings)],
        };
    }

    /// <summary>One variable, from where all settings come from. An empty one of the environment hides the file's.</summary>
    /// <returns><see langword="null"/>: it is not set.</returns>
    public static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) ?? Merge(LocalSettings.OfCurrentFolder()).Build()[KeyOf(name)];

    /// <summary>Whether the environment or <c>--env-file</c> decides on a variable, and not the file that came with the folder.</summary>
    public static bool IsOfEnvironment(string name) =>
        Environment.GetEnvironmentVariable(name) is not null
        || IsOfEnvironment(Merge(LocalSettings.OfCurrentFolder()).Build(), KeyOf(name));

    /// <summary>What decides on a variable; <see langword="null"/>: it is not set.</summary>
    public static IConfigurationProvider? SourceOf(IConfigurationRoot configuration, string name) =>
        configuration.Providers.Reverse().FirstOrDefault(provider => provider.TryGet(name, out _));

    /// <summary>A variable's name as configurations have it.</summary>
    private static string KeyOf(string name) => name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal);

    private static bool IsOfEnvironment(IConfigurationRoot configuration, string name) =>
        SourceOf(configuration, name) is EnvironmentVariablesConfigurationProvider;

    /// <summary>Headers with which a folder's file would send variables of the environment, keys perhaps, to a server of its
    /// own.</summary>
    private static IEnumerable<ConfigurationProblem> ForeignHeaders(Settings settings) =>
        IsOfEnvironment(settings.Configuration, Variables.Dependencies)
            ? []
            : settings
                .Product.HttpDependencies.SelectMany(dependency => dependency.Headers)
                .Select(header => header.Variable)
                .Distinct(StringComparer.Ordinal)
                .Where(variable => IsOfEnvironment(settings.Configuration, variable))
                .Select(variable => new ConfigurationProblem(
                    Variables.Dependencies,
                    $"is in {LocalSettings.FileName}, so ${variable} of the environment is not sent: put both into the environment, or "
                        + "both into the file"
                ));

    private static IConfigurationBuilder Merge(LocalSettings file) =>
        new ConfigurationBuilder().AddInMemoryCollection(file.Values).AddEnvironmentVariables();

    private static ConfigurationProblem NameOption(ConfigurationProblem problem, VariableOption[] given) =>
        given.FirstOrDefault(option => option.Variable == problem.Variable) is { } option
            ? problem with
            {
                Variable = option.Name,
            }
            : problem;

    /// <summary>Settings from these variables alone.</summary>
    public static Settings From(IEnumerable<KeyValuePair<string, string?>> variables) =>
        From(new ConfigurationBuilder().AddInMemoryCollection(variables).Build(), []);

    private static Settings From(IConfigurationRoot configuration, IReadOnlyList<string> fileProblems)
    {
        HxSettings product = HxSettingsReader.Read(configuration);
        WrapperSettings wrapper = WrapperSettings.Read(configuration);
        // With a file that can't be read, whatever it would have set would be called missing, too.
        ConfigurationProblem[] problems =
            fileProblems.Count > 0
                ? [.. fileProblems.Select(p => new ConfigurationProblem(p, ""))]
                : [.. product.Problems, .. wrapper.Problems];
        return new(configuration, product, wrapper, problems);
    }

    /// <summary>Whether the file of settings can't be read, so that nothing is known of what it sets.</summary>
    public bool IsFileUnreadable => Problems.Any(problem => problem.Problem.Length == 0);

    /// <summary>Writes one line per problem.</summary>
    /// <returns>Whether there was any.</returns>
    public async Task<bool> ReportAsync(TextWriter error)
    {
        foreach (ConfigurationProblem problem in Problems)
        {
            await error.WriteLineAsync($"hx: {problem}".TrimEnd());
        }

        return Problems.Count > 0;
    }
}

/// <summary>An option that stands for a variable.</summary>
/// <param name="Name">The option's name.</param>
/// <param name="Value"><see langword="null"/>: it was not given.</param>
internal sealed record VariableOption(string Variable, string Name, string? Value)
{
    /// <summary>What the value comes from, for a message: the option, or the variable.</summary>
    public string Source => Value is null ? Variable : Name;
}
