using HxFunctions.Core.Configuration;

namespace HxFunctions.Tests.Configuration;

public class ConfigurationPageTests
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
}
