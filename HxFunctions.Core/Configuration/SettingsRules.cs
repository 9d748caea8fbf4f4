using HxFunctions.Core.Routing;

namespace HxFunctions.Core.Configuration;

/// <summary>Rules that no single variable can break.</summary>
internal static class SettingsRules
{
    /// <summary>Adds what is wrong to the reader's problems and hints.</summary>
    public static void Check(HxSettings settings, VariableReader variables)
    {
        RequireNesting(variables, Variables.PgTimeout, settings.PostgresTimeout, settings.CheckTimeout);
        RequireNesting(variables, Variables.RedisTimeout, settings.RedisTimeout, settings.CheckTimeout);
        RequireNesting(variables, Variables.QdrantTimeout, settings.QdrantTimeout, settings.CheckTimeout);
        if (settings.CheckTimeout >= settings.Interval)
        {
            variables.AddProblem(
                Variables.CheckTimeout,
                $"must be less than the interval ({Variables.CheckInterval}, or the longest gap of {Variables.SnapshotSchedule})"
            );
        }

        if (settings.MaxStaleness > settings.Interval)
        {
            variables.AddProblem(Variables.GuardMaxStaleness, $"must not be more than the interval ({Variables.CheckInterval})");
        }

        foreach (ConfigurationProblem problem in EntraRules.ProblemsOf(settings))
        {
            variables.AddProblem(problem);
        }

        // Nothing else reads these two.
        if (variables.Integer(Variables.PgMinConnections, 0, 100) > variables.Integer(Variables.PgMaxConnections, 1, 100))
        {
            variables.AddProblem(Variables.PgMinConnections, $"must not be more than {Variables.PgMaxConnections}");
        }

        if (
            settings.Qdrant is null
            && variables.Text(Variables.QdrantUrl) is null
            && (settings.QdrantApiKey ?? settings.QdrantCollection) is not null
        )
        {
            variables.AddHint(
                Variables.QdrantUrl,
                $"is not set, so {Variables.QdrantApiKey} and {Variables.QdrantCollection} have no effect"
            );
        }

        if (settings.Qdrant?.Hint is { } hint)
        {
            variables.AddHint(Variables.QdrantUrl, hint);
        }

        if (settings is { Qdrant: { } qdrant, QdrantApiKey: not null } && qdrant.BaseUrl is { Scheme: "http", IsLoopback: false })
        {
            variables.AddHint(Variables.QdrantApiKey, "is sent unencrypted, over http");
        }

        if (settings.NotifyUrl is { Scheme: "http", IsLoopback: false })
        {
            variables.AddHint(Variables.NotifyUrl, "is unencrypted http: others in the network can read and forge the messages");
        }

        if (settings.NotifyUrl is null && variables.Text(Variables.NotifyUrl) is null && settings.NotifySecret is not null)
        {
            variables.AddHint(Variables.NotifyUrl, $"is not set, so {Variables.NotifySecret} has no effect");
        }

        GuardPrincipals.Check(settings, variables);
        if (settings.GuardMode != GuardMode.Off)
        {
            RequireKnownNeeds(settings, variables);
        }
    }

    private static void RequireKnownNeeds(HxSettings settings, VariableReader variables)
    {
        foreach (string need in settings.Rules.SelectMany(r => r.Dependencies).Distinct(StringComparer.Ordinal))
        {
            if (settings.HttpDependencies.Any(d => d.Name == need))
            {
                continue;
            }

            if (DependencyKind.Find(need) is not { } kind)
            {
                variables.AddProblem(HxSettings.UnknownNeed(need));
            }
            else if (!variables.IsSet(kind.UrlVariable))
            {
                bool byDefault = settings.Rules.Any(rule => rule.Origin == RuleOrigin.DefaultPrefix && rule.Dependencies.Contains(need));
                string other = need == DependencyName.Redis ? DependencyName.Postgres : DependencyName.Redis;
                variables.AddProblem(
                    kind.UrlVariable,
                    $"is not set, but a guarded route needs {kind.DisplayName}"
                        + (byDefault ? $" (for a gateway without {kind.DisplayName}, set {Variables.GuardRoutes}=default={other})" : "")
                );
            }
        }
    }

    private static void RequireNesting(VariableReader variables, string variable, TimeSpan probe, TimeSpan check)
    {
        if (probe > check)
        {
            variables.AddProblem(variable, $"must not be more than {Variables.CheckTimeout}, which includes it");
        }
    }
}
