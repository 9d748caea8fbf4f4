using System.Text.RegularExpressions;

namespace HxFunctions.Tests.Documentation;

/// <summary>A probe of PostgreSQL shows that it answers and isn't read-only. Only <c>PG_WRITE_PROBE</c> shows that it accepts writes, so no
/// page says so of PostgreSQL anywhere else.</summary>
public sealed partial class WriteClaimTests
{
    public static TheoryData<string> Files =>
        [
            "README.md",
            .. Directory
                .EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md")
                .Select(file => $"docs/{Path.GetFileName(file)}")
                .Order(),
        ];

    [Theory]
    [MemberData(nameof(Files))]
    public void Page_says_of_redis_alone_that_it_accepts_writes(string file) =>
        Assert.Empty(Claims(File.ReadAllText(Path.Combine(Repository.Root, file))));

    [Theory]
    [InlineData("PostgreSQL accepts writes.", true)]
    [InlineData("    accepts writes?     a write?       the key?", true)]
    [InlineData("PG_WRITE_PROBE is elsewhere.\n\nThe server accepts writes.", true)]
    [InlineData("Redis accepts writes.", false)]
    [InlineData("Whether it accepts writes.\nWith `PG_WRITE_PROBE=true`, a probe commits a row.", false)]
    [InlineData("PostgreSQL answers, and is not read-only.", false)]
    public void Claim_is_found(string text, bool isFound) => Assert.Equal(isFound, Claims(text).Any());

    private static IEnumerable<string> Claims(string page) =>
        page.ReplaceLineEndings("\n")
            .Split("\n\n")
            .Where(paragraph => Claim().IsMatch(paragraph) && !paragraph.Contains("PG_WRITE_PROBE", StringComparison.Ordinal));

    [GeneratedRegex(@"(?<!\bRedis )\baccepts? writes\b", RegexOptions.IgnoreCase)]
    private static partial Regex Claim();
}
