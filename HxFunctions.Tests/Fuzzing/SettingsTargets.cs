using HxFunctions.Cli.Serving;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Routing;
using HxFunctions.Tests.Routing;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Tests.Fuzzing;

/// <summary>The readers of the other variables, and of all of them together.</summary>
internal static class SettingsTargets
{
    private static readonly string[] Words =
    [
        "/v1/keys",
        "/key",
        "/",
        " POST,DELETE",
        " GET",
        "=postgres",
        "=postgres,redis",
        "; ",
        "\n",
        "*/30 * * * * *",
        "0 0 0 * * *",
        "* * 1 * * *",
        "* * * * *",
        "00:00:30",
        "mon-fri",
        "1-5/2",
        "?",
        "L",
        "@Microsoft.KeyVault(SecretUri=x)",
        "master=",
        "0123456789abcdef",
        "closed",
        "open",
        "entra",
        "shadow",
        "true",
        .. Variables.ByName.Keys.Select(name => $"\n{name}="),
    ];

    public static IEnumerable<FuzzTarget> All =>
        [
            new(
                "GUARD_ROUTES",
                [
                    "/v1/keys POST,DELETE=postgres,redis; /v1/teams=postgres",
                    "/=redis",
                    "/a/b.c~d_e-f\tGET , HEAD = qdrant\n/x=y_1",
                    string.Join(';', DefaultRules.Prefixes),
                ],
                Words,
                ReadRoutes,
                new(256 * 1024, 1024)
            ),
            new(
                "DEPENDENCIES",
                ["embeddings=https://embeddings.example.org/health; reranker=http://[::1]:8080/ready?key=x", "a=http://a\nb=http://b/%41"],
                [.. Words, "http://", "https://", "[::1]", ":8080", "?key=", "#", "@"],
                ReadDependencies,
                new(256 * 1024, 1024)
            ),
            new("GUARD_BASE_PATH", ["/api/v1", "/litellm/", "/", "/a.b~c", "/llm,/litellm"], Words, ReadBasePath, new(256 * 1024, 2048)),
            new(
                "HEALTH_SNAPSHOT_SCHEDULE",
                ["*/30 * * * * *", "0 */5 * * * *", "00:00:30", "15,45 0-59/2 8-18 * jan-mar mon", "0 0 * 29 2 *"],
                Words,
                ReadSchedule,
                new(4 * 1024 * 1024, 1024)
            ),
            new(
                "WRAPPER_KEYS",
                ["apim=apim-0123456789abcdef;master=master-0123456789abcdef", " a = QUJDREVGR0hJSktMTU5PUA== , b=fedcba9876543210"],
                Words,
                ReadKeys,
                new(64 * 1024, 2048)
            ),
            new("all variables", [.. Environments()], Words, ReadAll, new(8 * 1024 * 1024, 2048)),
        ];

    private static IEnumerable<string> Environments()
    {
        yield return "PG_URL=postgresql://u:p@h/db\nREDIS_URL=redis://h\nHEALTH_CHECK_INTERVAL=30\nGUARD_ROUTES=/v1/keys=postgres,redis";
        yield return "PG_URL=Host=h;Username=u\nREDIS_URL=h,ssl=True\nQDRANT_URL=http://h:6334\nQDRANT_API_KEY=k\n"
            + "QDRANT_COLLECTION=c\nGUARD_ROUTES=/a=qdrant\nGUARD_BASE_PATH=/api\nENABLE_DB_GUARD=false";
        yield return string.Join('\n', Variables.ByName.Values.Select(variable => $"{variable.Name}={variable.Default}"));
        yield return "PG_AUTH=entra\nREDIS_AUTH=entra\nAZURE_CLIENT_ID=x\nPG_URL=postgresql://u@h/d?sslmode=require\nREDIS_URL=rediss://u@h\n"
            + "HEALTH_SNAPSHOT_SCHEDULE=*/15 * * * * *";
    }

    private static string ReadRoutes(string text)
    {
        bool read = GuardRules.TryParse(text, out GuardRuleSet set, out IReadOnlyList<string> problems);
        Assert.Equal(read, problems.Count == 0);
        // What was read can be matched, and written down and read again.
        _ = new RouteMatcher(set.Rules, null, set.Exemptions);
        GuardRule[] rules = [.. set.Rules.Where(rule => rule.Origin == RuleOrigin.Configured)];
        RouteExemption[] exemptions = [.. set.Exemptions.Where(exemption => exemption.Origin == RuleOrigin.Configured)];
        if (rules.Length + exemptions.Length > 0)
        {
            Assert.True(
                GuardRules.TryParse(
                    string.Join(';', rules.Select(r => $"{r}").Concat(exemptions.Select(e => $"{e}"))),
                    out GuardRuleSet again,
                    out _
                )
            );
            Assert.Equal(rules.Select(rule => rule.ToString()), again.Rules.Select(rule => rule.ToString()));
            Assert.Equal(exemptions, again.Exemptions);
        }

        Assert.All(problems, UrlTargets.AssertPresentable);
        return $"{Math.Min(set.Rules.Count, 5)} {string.Join(' ', problems.Select(UrlTargets.Kind).Distinct())}";
    }

    private static string ReadDependencies(string text)
    {
        IReadOnlyList<HttpDependency> read = HttpDependencies.Parse(
            text,
            name => name.Length > 3 ? "Bearer made-up" : null,
            out IReadOnlyList<string> problems
        );
        Assert.Equal(read.Count, read.Select(dependency => dependency.Name).Distinct().Count());
        // A rule can need what was read.
        Assert.All(read, dependency => Assert.True(GuardRules.TryParse($"/a={dependency.Name}", out _, out _)));
        Assert.All(problems, UrlTargets.AssertPresentable);
        return $"{Math.Min(read.Count, 5)} {string.Join(' ', problems.Select(UrlTargets.Kind).Distinct())}";
    }

    private static string ReadBasePath(string text)
    {
        if (!RouteMatcher.TryParseBasePath(text, out string normalised, out string? problem))
        {
            UrlTargets.AssertPresentable(problem);
            return UrlTargets.Kind(problem);
        }

        RouteMatcher matcher = new(DefaultRules.Prefixes, normalised);
        ulong[] matched = new ulong[1];
        foreach (string path in normalised.Split(','))
        {
            Assert.True(matcher.TryMatch(path == "/" ? "/key" : path + "/key", matched) || path.Length > 8000);
            Assert.NotEqual(0ul, matched[0]);
        }

        return $"{normalised.Count(c => c == '/')}";
    }

    private static string ReadSchedule(string text)
    {
        if (Schedule.TryGetLongestGap(text, TimeSpan.FromHours(1), out TimeSpan gap, out string? problem))
        {
            Assert.InRange(gap, TimeSpan.FromTicks(1), TimeSpan.FromHours(1));
            return $"{(int)gap.TotalMinutes}";
        }

        UrlTargets.AssertPresentable(problem);
        return UrlTargets.Kind(problem);
    }

    private static string ReadKeys(string text)
    {
        bool read = HostKeys.TryParse(text, out HostKeys keys, out IReadOnlyList<string> problems);
        Assert.Equal(read, problems.Count == 0);
        Assert.True(read || keys.IsEmpty);
        Assert.All(problems, UrlTargets.AssertPresentable);
        return $"{keys.IsEmpty} {string.Join(' ', problems.Select(UrlTargets.Kind).Distinct())}";
    }

    /// <summary>A line for each variable, as in an environment file.</summary>
    private static string ReadAll(string text)
    {
        Dictionary<string, string?> values = new(StringComparer.OrdinalIgnoreCase);
        foreach (string line in text.Split('\n'))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                values[line[..equals]] = line[(equals + 1)..];
            }
        }

        HxSettings settings = HxSettingsReader
            .Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build())
            .WithForeignDependencies(["thing"]);
        Assert.All(settings.Problems, problem => Assert.Contains(problem.Variable, Variables.ByName.Keys));
        Assert.All(settings.Hints, hint => Assert.Matches("^[A-Za-z0-9_]+$", hint.Variable));
        Assert.All(settings.Problems.Concat(settings.Hints), problem => UrlTargets.AssertPresentable(problem.Problem));
        // Whatever was read, the guard has rules that it can match.
        Assert.NotEmpty(settings.Rules);
        _ = new RouteMatcher(settings.Rules, settings.BasePath);
        return string.Join(' ', settings.Problems.Select(problem => problem.Variable).Distinct());
    }
}
