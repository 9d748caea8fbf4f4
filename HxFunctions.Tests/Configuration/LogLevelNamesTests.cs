using HxFunctions.Core.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Tests.Configuration;

/// <summary>Levels of the section "Logging" that .NET ends at.</summary>
public sealed class LogLevelNamesTests
{
    [Theory]
    [InlineData("INFO", LogLevel.Information)]
    [InlineData("warn", LogLevel.Warning)]
    [InlineData("Fatal", LogLevel.Critical)]
    [InlineData("OFF", LogLevel.None)]
    [InlineData("Debug", LogLevel.Debug)]
    [InlineData("4", LogLevel.Error)]
    public void Name_of_another_system_counts_as_dotnets(string name, LogLevel level)
    {
        LoggerFilterRule rule = Assert.Single(Rules("Logging:LogLevel:Default", name));
        Assert.Equal(level, rule.LogLevel);
        Assert.Empty(Hints("Logging:LogLevel:Default", name));
    }

    [Theory]
    [InlineData("Logging:LogLevel:HxFunctions.Core", "Logging__LogLevel__HxFunctions.Core")]
    [InlineData("Logging:Console:LogLevel:Default", "Logging__Console__LogLevel__Default")]
    public void Name_without_a_meaning_counts_as_not_set_and_is_told(string key, string shown)
    {
        Assert.Empty(Rules(key, "LOUD"));
        ConfigurationProblem hint = Assert.Single(Hints(key, "LOUD"));
        Assert.Equal(shown, hint.Variable);
        Assert.StartsWith("is not a log level (Trace, Debug,", hint.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("LOUD", hint.ToString(), StringComparison.Ordinal);
    }

    private static IList<LoggerFilterRule> Rules(string key, string value)
    {
        using ConfigurationManager configuration = new();
        configuration.AddInMemoryCollection([new(key, value)]);
        configuration.AddInMemoryCollection(LogLevelNames.Corrections(configuration));
        using ServiceProvider services = new ServiceCollection()
            .AddLogging(logging => logging.AddConfiguration(configuration.GetSection("Logging")))
            .BuildServiceProvider();
        return services.GetRequiredService<Microsoft.Extensions.Options.IOptions<LoggerFilterOptions>>().Value.Rules;
    }

    private static IReadOnlyList<ConfigurationProblem> Hints(string key, string value) =>
        HxSettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build()).Hints;
}
