using System.Text.RegularExpressions;
using HxFunctions.Core.Configuration;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Tests.Configuration;

/// <summary>docs/configuration.md: what it says to write for a provider is what the product reads.</summary>
public sealed partial class ProviderTableTests
{
    public static TheoryData<string> Settings =>
        [
            .. File.ReadLines(Path.Combine(Repository.Root, "docs", "configuration.md"))
                .SkipWhile(line => line != "## What to write for a provider")
                .TakeWhile(line => line != "## More dependencies")
                .Select(line => Setting().Match(line))
                .Where(match => match.Success)
                .Select(match => match.Groups[1].Value),
        ];

    [Theory]
    [MemberData(nameof(Settings))]
    public void Url_is_read_without_a_problem_or_a_hint_and_its_password_is_not_shown(string setting)
    {
        int equals = setting.IndexOf('=', StringComparison.Ordinal);
        Dictionary<string, string?> variables = new() { [setting[..equals]] = setting[(equals + 1)..], ["ENABLE_DB_GUARD"] = "false" };
        HxSettings settings = HxSettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(variables).Build());
        Assert.Empty(settings.Problems);
        Assert.Empty(settings.Hints);
        string shown = $"{settings.Postgres}{settings.Redis}{settings.Qdrant}";
        Assert.NotEqual("", shown);
        Assert.DoesNotMatch("PASSWORD|KEY|AUTH", shown);
        // Nobody's: RFC 2606 and 5737, this machine, or a socket.
        Assert.Matches(@"\.example\.com|192\.0\.2\.10|127\.0\.0\.1|/cloudsql/", shown);
    }

    [Fact]
    public void Table_has_every_provider_that_is_asked_for()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "configuration.md"));
        Assert.All(
            new[]
            {
                "Flexible Server",
                "Neon",
                "Supabase, direct",
                "Supabase, pooler",
                "Vercel",
                "Amazon RDS",
                "Google Cloud SQL",
                "Crunchy Bridge",
                "Azure Managed Redis",
                "Azure Cache for Redis",
                "ElastiCache |",
                "ElastiCache Serverless",
                "Memorystore",
                "Upstash",
                "Redis Cloud",
                "Qdrant Cloud",
            },
            provider => Assert.Contains(provider, page, StringComparison.Ordinal)
        );
        Assert.Equal(page.Split('\n').Count(line => line.Contains("_URL=", StringComparison.Ordinal) && line[0] == '|'), Settings.Count);
    }

    [GeneratedRegex(@"^\| [^|]+ \| `((?:PG|REDIS|QDRANT)_URL=[^`]+)` \|")]
    private static partial Regex Setting();
}
