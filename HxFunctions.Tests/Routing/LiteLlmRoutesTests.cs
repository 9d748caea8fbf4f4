using HxFunctions.Core.Routing;

namespace HxFunctions.Tests.Routing;

/// <summary>What holds for the list of LiteLLM's routes as a whole, and how it is read.</summary>
public class LiteLlmRoutesTests
{
    private const string Header = "methods\ttemplate\tsince\tuntil\tdatabase\tredis\tguard\twhy\n";

    private static IEnumerable<LiteLlmRoute> Guarded => Those(RouteDecision.Guarded);

    private static IEnumerable<LiteLlmRoute> Exempt => Those(RouteDecision.Exempt);

    private static IEnumerable<LiteLlmRoute> Open => Those(RouteDecision.Open);

    [Fact]
    public void List_has_rows_of_every_kind()
    {
        Assert.True(LiteLlmRoutes.All.Count > 700);
        Assert.All(Enum.GetValues<RouteDecision>(), decision => Assert.NotEmpty(Those(decision)));
        Assert.All(Enum.GetValues<DatabaseUse>(), use => Assert.Contains(LiteLlmRoutes.All, row => row.Database == use));
    }

    [Fact]
    public void List_is_sorted_by_template_and_methods()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Repository.Root, "HxFunctions.Core", "Routing", "litellm-routes.tsv"));
        string[] keys = [.. lines.Skip(1).Select(line => line.Split('\t')).Select(columns => columns[1] + "\t" + columns[0])];
        Assert.Equal(keys.Order(StringComparer.Ordinal), keys);
        Assert.Equal(Header.TrimEnd(), lines[0]);
        Assert.Equal(keys.Length, LiteLlmRoutes.All.Count);
    }

    [Fact]
    public void No_method_of_a_shape_has_two_rows()
    {
        Dictionary<string, GuardMethods> seen = [];
        foreach (LiteLlmRoute row in LiteLlmRoutes.All)
        {
            string shape = LiteLlmTable.ShapeOf(row.Template);
            GuardMethods before = seen.GetValueOrDefault(shape);
            Assert.True((before & row.Methods) == 0, row.Template);
            seen[shape] = before | row.Methods;
        }
    }

    [Fact]
    public void Row_is_complete() =>
        Assert.All(
            LiteLlmRoutes.All,
            row =>
            {
                Assert.Equal(row.Template.TrimEnd('/'), LiteLlmTable.PatternOf(row.Template).Text.TrimEnd('/'));
                Assert.NotEqual(GuardMethods.None, row.Methods);
                Assert.True(Version.Parse(row.Since) <= Version.Parse(row.Until.Length == 0 ? row.Since : row.Until), row.Template);
                Assert.False(string.IsNullOrWhiteSpace(row.Why), row.Template);
            }
        );

    [Fact]
    public void Guarded_row_needs_postgres_or_redis() =>
        Assert.All(
            Guarded,
            row =>
            {
                Assert.NotEmpty(row.Needs);
                Assert.All(row.Needs, need => Assert.Contains(need, new[] { "postgres", "redis" }));
                Assert.Equal(row.Needs.Distinct(), row.Needs);
                Assert.True(row.Database != DatabaseUse.Write || row.Needs.Contains("postgres"), row.Template);
                Assert.True(!row.NeedsRedis || row.Needs.Contains("redis"), row.Template);
            }
        );

    [Fact]
    public void Row_that_writes_or_needs_redis_is_guarded() =>
        Assert.All(
            LiteLlmRoutes.All.Where(row => row.Database == DatabaseUse.Write || row.NeedsRedis),
            row => Assert.Equal(RouteDecision.Guarded, row.Decision)
        );

    [Fact]
    public void Guarded_row_that_needs_nothing_says_why_it_is_closed() =>
        Assert.All(
            Guarded.Where(row => row is { Database: DatabaseUse.None or DatabaseUse.Optional, NeedsRedis: false }),
            row => Assert.Contains("kept closed", row.Why)
        );

    [Fact]
    public void Marked_method_reads_by_name_and_writes_to_the_database() =>
        Assert.All(
            LiteLlmRoutes.All.Where(row => row.Writing != GuardMethods.None),
            row =>
            {
                Assert.True(row.Writing.IsRead(), row.Template);
                Assert.Equal(DatabaseUse.Write, row.Database);
            }
        );

    [Fact]
    public void Unmarked_reading_method_of_a_row_does_not_write() =>
        Assert.All(
            LiteLlmRoutes.All.Where(row => row.Database == DatabaseUse.Write),
            row => Assert.Equal(row.Writing, row.Methods & (GuardMethods.Get | GuardMethods.Head | GuardMethods.Options))
        );

    [Fact]
    public void Row_is_exempt_exactly_where_a_default_rule_covers_it()
    {
        Assert.All(Exempt, row => Assert.True(IsCovered(row), row.Template));
        Assert.All(Open, row => Assert.False(IsCovered(row), row.Template));
    }

    [Fact]
    public void Exemption_lifts_no_guarded_rows_own_path()
    {
        foreach (LiteLlmRoute exempt in Exempt)
        {
            RoutePattern pattern = LiteLlmTable.PatternOf(exempt.Template);
            Assert.All(
                Guarded.Where(row => (row.Methods & exempt.Methods) != 0),
                row => Assert.False(pattern.IsExactly(LiteLlmTable.SampleOf(row.Template)), $"{exempt.Template} lifts {row.Template}")
            );
        }
    }

    /// <summary>Those that are closed for another method are not: a question without a method closes them.</summary>
    [Fact]
    public void Open_route_is_among_the_ordinary_paths()
    {
        string[] paths =
        [
            .. File.ReadLines(Path.Combine(Repository.Root, "HxFunctions.Tests", "Bypass", "ordinary-paths.txt"))
                .Select(line => line.Split('?')[0]),
        ];
        RoutePattern[] guarded = [.. Guarded.Select(row => LiteLlmTable.PatternOf(row.Template))];
        Assert.All(
            Open.Where(row => !Array.Exists(guarded, pattern => pattern.IsExactly(LiteLlmTable.SampleOf(row.Template)))),
            row => Assert.Contains(paths, path => LiteLlmTable.PatternOf(row.Template).IsExactly(path))
        );
    }

    [Fact]
    public void Row_is_read()
    {
        LiteLlmRoute row = Assert.Single(Read(Header + "GET!,PATCH\t/a/{id}\t1.74.4\t1.81.9\twrite\tyes\tpostgres,redis\tbecause"));
        Assert.Equal(GuardMethods.Get | GuardMethods.Patch, row.Methods);
        Assert.Equal(GuardMethods.Get, row.Writing);
        Assert.Equal(("/a/{id}", "1.74.4", "1.81.9"), (row.Template, row.Since, row.Until));
        Assert.Equal((DatabaseUse.Write, true), (row.Database, row.NeedsRedis));
        Assert.Equal(RouteDecision.Guarded, row.Decision);
        Assert.Equal(["postgres", "redis"], row.Needs);
        Assert.Equal("because", row.Why);
    }

    [Theory]
    [InlineData("-", RouteDecision.Open)]
    [InlineData("exempt", RouteDecision.Exempt)]
    internal void Row_without_needs_is_read(string guard, RouteDecision decision)
    {
        LiteLlmRoute row = Assert.Single(Read($"{Header}GET\t/a\t1.82\t\tno\tno\t{guard}\tbecause"));
        Assert.Equal(decision, row.Decision);
        Assert.Empty(row.Needs);
    }

    [Theory]
    [InlineData("GET\t/a\t1.82\t\tno\tno\t-", "7 columns")]
    [InlineData("GET\t/a\t1.82\t\tno\tno\t-\tbecause\tmore", "9 columns")]
    [InlineData("FETCH\t/a\t1.82\t\tno\tno\t-\tbecause", "'FETCH'")]
    [InlineData("GET,\t/a\t1.82\t\tno\tno\t-\tbecause", "''")]
    [InlineData("GET\t/a\t1.82\t\tmaybe\tno\t-\tbecause", "'maybe'")]
    [InlineData("GET\t/a\t1.82\t\tno\tperhaps\t-\tbecause", "'perhaps'")]
    [InlineData("GET\t/a\t1.82\t\tno\tno\tpostgres, redis\tbecause", "'postgres, redis'")]
    [InlineData("GET\t/a\t1.82\t\tno\tno\t\tbecause", "''")]
    public void Row_that_is_not_understood_is_refused(string row, string problem)
    {
        FormatException exception = Assert.Throws<FormatException>(() => Read(Header + row));
        Assert.Contains("Line 2", exception.Message);
        Assert.Contains(problem, exception.Message);
    }

    private static IEnumerable<LiteLlmRoute> Those(RouteDecision decision) => LiteLlmRoutes.All.Where(row => row.Decision == decision);

    private static bool IsCovered(LiteLlmRoute row) =>
        DefaultRules.IsBelowPrefix(row.Template)
        || Guarded.Any(guarded =>
            (guarded.Methods & row.Methods) != 0 && LiteLlmTable.PatternOf(guarded.Template).IsExactly(LiteLlmTable.SampleOf(row.Template))
        );

    private static IReadOnlyList<LiteLlmRoute> Read(string text) => [.. LiteLlmRoutes.Read(new StringReader(text))];
}
