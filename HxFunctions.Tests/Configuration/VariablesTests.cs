using HxFunctions.Core.Configuration;

namespace HxFunctions.Tests.Configuration;

/// <summary>Code takes the names of our variables from <see cref="Variables"/>.</summary>
public sealed class VariablesTests
{
    private static readonly string[] Projects = ["HxFunctions", "HxFunctions.Core", "HxFunctions.Cli", "HxFunctions.Wiring"];

    [Fact]
    public void No_other_source_of_the_product_spells_a_name_out()
    {
        string[] files =
        [
            .. Projects
                .SelectMany(project => Repository.SourcesBelow(Path.Combine(Repository.Root, project)))
                .Where(file => Path.GetFileName(file) != "Variables.cs"),
        ];
        Assert.True(files.Length > 400, $"{files.Length} files");
        Assert.Empty(files.SelectMany(file => SpelledOut(File.ReadLines(file)).Select(name => $"{Path.GetFileName(file)}: {name}")));
    }

    [Theory]
    [InlineData("    DependencyName.Postgres => \"PG_URL\",", "PG_URL")]
    [InlineData("    /// <param name=\"phrase\">Follows \"PG_URL\".</param>", null)]
    [InlineData("    Hint(\"the password in PG_URL\");", null)]
    [InlineData("    Variables.PgUrl", null)]
    public void Name_is_found(string line, string? found) => Assert.Equal(found is null ? [] : [found], SpelledOut([line]));

    private static IEnumerable<string> SpelledOut(IEnumerable<string> lines) =>
        from line in lines
        where !line.TrimStart().StartsWith("//", StringComparison.Ordinal)
        from variable in Variables.All
        where line.Contains($"\"{variable.Name}\"", StringComparison.Ordinal)
        select variable.Name;
}
