using HxFunctions.Core.Configuration;
using HxFunctions.Core.Routing;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Tests.Configuration;

public class HxSettingsReaderTests
{
    private const string Canary = "c4n4ry-value";

    private static readonly Dictionary<string, string?> Valid = new()
    {
        [Variables.PgUrl] = "postgresql://u:p@localhost/db",
        [Variables.RedisUrl] = "redis://localhost",
    };

    [Fact]
    public void Defaults_are_those_of_the_table()
    {
        HxSettings settings = Read(Valid);
        Assert.Empty(settings.Problems);
        HxSettings defaults = new();
        Assert.Equal(
            defaults with
            {
                Kinds = settings.Kinds,
                Postgres = settings.Postgres,
                Redis = settings.Redis,
                Rules = settings.Rules,
                Problems = settings.Problems,
                Hints = settings.Hints,
            },
            settings
        );
        Assert.Same(DefaultRules.All.Rules, settings.Rules);
        Assert.Same(DefaultRules.All.Exemptions, settings.Exemptions);
    }

    [Theory]
    [InlineData(Variables.PgUrl, "mysql://" + Canary)]
    [InlineData(Variables.PgUrl, "postgresql://u:" + Canary + "@h/db?nonsense=" + Canary)]
    [InlineData(Variables.RedisUrl, "redis://" + Canary + ":x:y")]
    [InlineData(Variables.QdrantUrl, "ftp://" + Canary)]
    [InlineData(Variables.QdrantApiKey, Canary + "\u00e9")]
    [InlineData(Variables.PgTimeout, Canary)]
    [InlineData(Variables.PgTimeout, "0")]
    [InlineData(Variables.PgTimeout, "-1")]
    [InlineData(Variables.PgTimeout, "1e3")]
    [InlineData(Variables.PgTimeout, "NaN")]
    [InlineData(Variables.PgTimeout, "6")]
    [InlineData(Variables.RedisTimeout, "5.1")]
    [InlineData(Variables.QdrantTimeout, "61")]
    [InlineData(Variables.CheckTimeout, "30")]
    [InlineData(Variables.CheckInterval, "5", Variables.CheckTimeout)]
    [InlineData(Variables.CheckInterval, "3601")]
    [InlineData(Variables.SnapshotSchedule, "*/30 * * * *")]
    [InlineData(Variables.SnapshotSchedule, Canary)]
    [InlineData(Variables.SnapshotSchedule, "3709551616 * * * * *")]
    [InlineData(Variables.SnapshotSchedule, "0 0 */2 * * *")]
    [InlineData(Variables.SnapshotSchedule, "*/30 * * 1-15 * *")]
    [InlineData(Variables.SnapshotSchedule, "*/30 * * 1-30 * *")]
    [InlineData(Variables.SnapshotSchedule, "*/5 * * * 1 *")]
    [InlineData(Variables.SnapshotSchedule, "*/5 * * * * MON-SAT")]
    [InlineData(Variables.NotifySecret, "whsec_" + Canary + "!")]
    [InlineData(Variables.NotifySecret, "whsec_")]
    [InlineData(Variables.Fall, "0")]
    [InlineData(Variables.Rise, "1.5")]
    [InlineData(Variables.PgMinConnections, "6")]
    [InlineData(Variables.PgMaxConnections, "0")]
    [InlineData(Variables.RedisMaxConnections, Canary)]
    [InlineData(Variables.EnableDbGuard, Canary)]
    [InlineData(Variables.GuardMode, Canary)]
    [InlineData(Variables.GuardRoutes, "v1/keys=postgres")]
    [InlineData(Variables.GuardRoutes, "/v1/keys=mongo")]
    [InlineData(Variables.GuardRoutes, "/v1/rag=qdrant", Variables.QdrantUrl)]
    [InlineData(Variables.GuardBasePath, "no-slash")]
    [InlineData(Variables.GuardOnUnknown, Canary)]
    [InlineData(Variables.GuardMaxStaleness, "31")]
    [InlineData(Variables.EnableHealthEndpoints, "perhaps")]
    [InlineData(Variables.Namespace, "a{b}")]
    [InlineData(Variables.PgUrl, "@Microsoft.KeyVault(SecretUri=https://" + Canary + ".example/secrets/pg)")]
    public void Wrong_value_is_one_problem_that_names_the_variable_and_not_the_value(string variable, string value, string? named = null)
    {
        ConfigurationProblem problem = Assert.Single(Read(new(Valid) { [variable] = value }).Problems);
        Assert.Equal(named ?? variable, problem.Variable);
        Assert.DoesNotContain(Canary, problem.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem.ToString());
    }

    [Fact]
    public void All_problems_are_reported_at_once()
    {
        HxSettings settings = Read(
            new()
            {
                [Variables.PgUrl] = "x",
                [Variables.Fall] = "x",
                [Variables.GuardMode] = "x",
            }
        );
        Assert.Equal([Variables.PgUrl, Variables.Fall, Variables.GuardMode, Variables.RedisUrl], settings.Problems.Select(p => p.Variable));
    }

    [Theory]
    [InlineData("true", "enforce", GuardMode.Enforce)]
    [InlineData("True", "Shadow", GuardMode.Shadow)]
    [InlineData("false", "enforce", GuardMode.Off)]
    [InlineData("0", "shadow", GuardMode.Off)]
    [InlineData(" ", "", GuardMode.Enforce)]
    public void Mode_follows_both_variables(string enabled, string mode, GuardMode expected) =>
        Assert.Equal(expected, Read(new(Valid) { [Variables.EnableDbGuard] = enabled, [Variables.GuardMode] = mode }).GuardMode);

    [Fact]
    public void Guard_that_is_off_needs_no_dependency() => Assert.Empty(Read(new() { [Variables.EnableDbGuard] = "false" }).Problems);

    [Theory]
    [InlineData("*/15 * * * * *", 15)]
    [InlineData("0 * * * * *", 60)]
    [InlineData("0,10,40 * * * * *", 30)]
    [InlineData("0 */5 * * * *", 300)]
    [InlineData("00:00:45", 45)]
    [InlineData("*/30 * * 1-31 1-12 0-6", 30)]
    [InlineData("*/30 * * */1 JAN-DEC SUN-SAT", 30)]
    public void Interval_is_the_longest_gap_of_the_schedule(string schedule, double seconds)
    {
        HxSettings settings = Read(new(Valid) { [Variables.SnapshotSchedule] = schedule, [Variables.CheckInterval] = "20" });
        Assert.Empty(settings.Problems);
        Assert.Equal(TimeSpan.FromSeconds(seconds), settings.Interval);
    }

    /// <summary>The Functions host takes one on a dedicated plan only.</summary>
    [Theory]
    [InlineData("00:00:45", 1)]
    [InlineData("*/45 * * * * *", 0)]
    public void Interval_as_a_schedule_is_a_hint(string schedule, int hints)
    {
        HxSettings settings = Read(new(Valid) { [Variables.SnapshotSchedule] = schedule });

        Assert.Empty(settings.Problems);
        Assert.Equal(hints, settings.Hints.Count(hint => hint.Variable == Variables.SnapshotSchedule));
    }

    [Theory]
    [InlineData(30, "*/30 * * * * *")]
    [InlineData(10, "*/10 * * * * *")]
    [InlineData(45, "00:00:45")]
    [InlineData(60, "0 */1 * * * *")]
    [InlineData(300, "0 */5 * * * *")]
    [InlineData(7.5, "00:00:07.5000000")]
    public void Schedule_for_an_interval_has_that_interval(double seconds, string expected)
    {
        string schedule = Schedule.FromInterval(TimeSpan.FromSeconds(seconds));
        Assert.Equal(expected, schedule);
        Assert.True(Schedule.TryGetLongestGap(schedule, TimeSpan.FromHours(1), out TimeSpan gap, out _));
        Assert.Equal(seconds, gap.TotalSeconds);
    }

    [Theory]
    [InlineData("embeddings", "embeddings")]
    [InlineData("embeddings", "Embeddings")]
    [InlineData("EMBEDDINGS", "embeddings")]
    [InlineData("azure-key-vault", "Azure Key Vault")]
    [InlineData("stackexchange-redis", "StackExchange.Redis")]
    [InlineData("queue", "-queue")]
    public void Foreign_check_may_be_needed_by_a_rule(string needed, string registered)
    {
        Dictionary<string, string?> variables = new() { [Variables.GuardRoutes] = $"/v1/embeddings={needed}" };

        HxSettings settings = HxSettingsReader.Read(Configuration(variables)).WithForeignDependencies([registered]);

        Assert.Empty(settings.Problems);
        Assert.DoesNotContain(HxSettings.EveryRoute, settings.Rules);
    }

    [Theory]
    [InlineData(Variables.GuardRoutes, "/mine=postgres; nonsense")]
    [InlineData(Variables.GuardRoutes, "/v1/rag POTS=postgres")]
    [InlineData(Variables.GuardRoutes, "/v1/rag=mongo")]
    [InlineData(Variables.GuardRoutes, "@Microsoft.KeyVault(SecretUri=https://vault.example/routes)")]
    [InlineData(Variables.GuardBasePath, "litellm")]
    [InlineData(Variables.GuardBasePath, "@Microsoft.KeyVault(SecretUri=https://vault.example/base)")]
    public void Routes_that_can_not_be_known_guard_every_route(string variable, string value) =>
        Assert.Contains(Read(new(Valid) { [variable] = value }).Rules, r => r.Route == "/" && r.Methods == GuardMethods.All);

    [Fact]
    public void Valid_routes_do_not_guard_every_route() =>
        Assert.DoesNotContain(
            Read(new(Valid) { [Variables.GuardRoutes] = "/mine=postgres", [Variables.GuardBasePath] = "/llm" }).Rules,
            r => r.Route == "/"
        );

    [Fact]
    public void Sample_holds_every_variable_with_its_default()
    {
        using Stream file = File.OpenRead(Path.Combine(Repository.Root, "local.settings.sample.json"));
        Dictionary<string, string?> values = System
            .Text.Json.JsonDocument.Parse(file)
            .RootElement.GetProperty("Values")
            .EnumerateObject()
            .ToDictionary(p => p.Name, p => p.Value.GetString());
        foreach (Variable variable in Variables.All)
        {
            string expected = variable.Name == Variables.SnapshotSchedule ? "*/30 * * * * *" : variable.Default ?? "";
            Assert.Equal(expected, Assert.Contains(variable.Name, (IDictionary<string, string?>)values));
        }

        Assert.Contains("AzureWebJobsStorage", (IDictionary<string, string?>)values);
    }

    private static HxSettings Read(Dictionary<string, string?> variables) => HxSettingsReader.Read(Configuration(variables));

    private static IConfigurationRoot Configuration(Dictionary<string, string?> variables) =>
        new ConfigurationBuilder().AddInMemoryCollection(variables).Build();
}
