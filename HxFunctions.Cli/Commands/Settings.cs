using HxFunctions.Cli.LocalHost;
using HxFunctions.Core.Configuration;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Cli.Commands;

/// <summary>What a command works with: environment variables over <c>local.settings.json</c> of the current folder.</summary>
/// <param name="Configuration">All of it, as the functions see it.</param>
/// <param name="Product">The product's settings.</param>
/// <param name="Wrapper">Those of <c>hx serve</c>.</param>
/// <param name="Problems">Everything that is wrong with any of them.</param>
internal sealed record Settings(
    IConfigurationRoot Configuration, HxSettings Product, WrapperSettings Wrapper, IReadOnlyList<ConfigurationProblem> Problems)
{
    public static Settings Load() => From(new ConfigurationBuilder(), LocalSettings.Load(Environment.CurrentDirectory));

    /// <param name="overrides">Variables that win over all others, e.g. from the command line.</param>
    public static Settings Load(params IEnumerable<KeyValuePair<string, string?>> overrides) =>
        From(new ConfigurationBuilder(), LocalSettings.Load(Environment.CurrentDirectory), overrides);

    private static Settings From(ConfigurationBuilder builder, LocalSettings file, params IEnumerable<KeyValuePair<string, string?>> overrides)
    {
        builder.AddLocalSettings(file).AddEnvironmentVariables().AddInMemoryCollection(overrides.Where(o => o.Value is not null));
        IConfigurationRoot configuration = builder.Build();
        HxSettings product = HxSettingsReader.Read(configuration, []);
        WrapperSettings wrapper = WrapperSettings.Read(configuration);
        // The timer trigger reads its schedule from the settings; without one it follows from the interval.
        if (product.Schedule is null) configuration[Variables.SnapshotSchedule] = Schedule.FromInterval(product.Interval);
        return new(configuration, product, wrapper,
            [.. file.Problems.Select(p => new ConfigurationProblem(p, "")), .. product.Problems, .. wrapper.Problems]);
    }

    /// <summary>Writes one line per problem.</summary>
    /// <returns>Whether there was any.</returns>
    public async Task<bool> ReportAsync(TextWriter error)
    {
        foreach (ConfigurationProblem problem in Problems) await error.WriteLineAsync($"hx: {problem}".TrimEnd()).ConfigureAwait(false);
        return Problems.Count > 0;
    }
}
