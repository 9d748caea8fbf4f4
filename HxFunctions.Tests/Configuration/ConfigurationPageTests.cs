using System.Globalization;
using System.Text.RegularExpressions;
using HxFunctions.Cli.Serving;
using HxFunctions.Core.Configuration;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Tests.Configuration;

public partial class ConfigurationPageTests
{
    [Fact]
    public void Page_holds_every_variable_with_its_default_and_meaning()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "configuration.md"));
        foreach (Variable variable in Variables.All)
        {
            string row =
                $"| `{variable.Name}` | {(variable.Default is null ? "–" : $"`{variable.Default}`")} | "
                + $"{variable.Meaning.Replace("|", "\\|", StringComparison.Ordinal)}{(variable.HxOnly ? "; `hx serve` only" : "")} |";
            Assert.Contains(row, page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Page_names_every_function_that_can_have_its_own_keys()
    {
        string row = File.ReadLines(Path.Combine(Repository.Root, "docs", "configuration.md"))
            .Single(line => line.StartsWith("| `GuardCheck:envoy=", StringComparison.Ordinal));
        Assert.All(HostKeys.Functions, name => Assert.Contains($"`{name}`", row, StringComparison.Ordinal));
    }

    /// <summary>The table says "(1 to 100)", and the reader has the numbers a second time.</summary>
    [Fact]
    public void Range_in_a_meaning_is_the_one_that_is_accepted()
    {
        int count = 0;
        foreach (Variable variable in Variables.All)
        {
            if (Range().Match(variable.Meaning) is not { Success: true } range)
            {
                continue;
            }

            count++;
            decimal least = decimal.Parse(range.Groups[1].Value, CultureInfo.InvariantCulture),
                most = decimal.Parse(range.Groups[2].Value, CultureInfo.InvariantCulture),
                step = decimal.IsInteger(least) ? 1 : 0.01m;
            Assert.False(IsOutOfRange(variable.Name, least), $"{variable.Name}={least}");
            Assert.False(IsOutOfRange(variable.Name, most), $"{variable.Name}={most}");
            Assert.True(IsOutOfRange(variable.Name, least - step), $"{variable.Name} below {least}");
            Assert.True(IsOutOfRange(variable.Name, most + step), $"{variable.Name} above {most}");
        }

        Assert.Equal(11, count);
    }

    /// <summary>Other rules, such as those that nest deadlines, are no matter here.</summary>
    private static bool IsOutOfRange(string name, decimal value)
    {
        string text = value.ToString(CultureInfo.InvariantCulture);
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create(name, (string?)text)]).Build();
        return HxSettingsReader
            .Read(configuration)
            .Problems.Any(p => p.Variable == name && p.Problem.Contains(" number ", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"\(([0-9.]+) to ([0-9]+)\)")]
    private static partial Regex Range();
}
