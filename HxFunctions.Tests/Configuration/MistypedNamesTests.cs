using HxFunctions.Core.Configuration;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Tests.Configuration;

/// <summary>Variables whose names are nearly ours.</summary>
public sealed class MistypedNamesTests
{
    [Theory]
    [InlineData("GUARD_MOD", "GUARD_MODE")]
    [InlineData("GAURD_MODE", "GUARD_MODE")]
    [InlineData("GUARD_ROUTE", "GUARD_ROUTES")]
    [InlineData("HEALTH_FAL", "HEALTH_FALL")]
    [InlineData("ENABLE_DBGUARD", "ENABLE_DB_GUARD")]
    [InlineData("PG_URI", "PG_URL")]
    [InlineData("PGURL", "PG_URL")]
    [InlineData("WRAPPER_LOGLEVEL", "WRAPPER_LOG_LEVEL")]
    [InlineData("QDRANT_APIKEY", "QDRANT_API_KEY")]
    [InlineData("HX_KEYS", "HX_KEY")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOIN", "OTEL_EXPORTER_OTLP_ENDPOINT")]
    public void Is_told_with_what_was_meant(string name, string meant)
    {
        HxSettings settings = Read(name, "x");
        Assert.Contains($"{name} is not a setting: probably {meant} is meant", settings.Hints.Select(hint => hint.ToString()));
        Assert.DoesNotContain(settings.Problems, problem => problem.Variable == name);
    }

    /// <summary>libpq's, LiteLLM's, the host's, the SDKs', and what has a meaning of its own.</summary>
    [Theory]
    [InlineData(
        "PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE PGSSLMODE PGOPTIONS PGAPPNAME PGTZ PGPASSFILE PGSERVICE PGHOSTADDR PG_HOST PG_USER"
    )]
    [InlineData(
        "REDIS_HOST REDIS_PORT REDIS_PASSWORD REDIS_USERNAME REDIS_USER REDIS_DB REDIS_SSL REDIS_CLUSTER_NODES DATABASE_URL DB_URL"
    )]
    [InlineData("LITELLM_CONFIG LITELLM_MASTER_KEY STORE_MODEL_IN_DB PORT HOST PATH HOME URL KEY")]
    [InlineData("WEBSITE_SITE_NAME FUNCTIONS_WORKER_RUNTIME AzureWebJobsStorage APPLICATIONINSIGHTS_AUTHENTICATION_STRING AZURE_TENANT_ID")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS OTEL_SERVICE_NAME HX_PROFILE HX_PUBLISHER_EMAIL HX_GUARD_LOGIN HX_PREFLIGHT HX_PROGRAM")]
    public void Name_of_somebody_else_is_not(string names)
    {
        foreach (string name in names.Split(' '))
        {
            Assert.DoesNotContain(Read(name, "x").Hints, hint => hint.Variable == name);
        }
    }

    [Fact]
    public void Our_own_names_are_not() => Assert.All(Variables.All, variable => Assert.Null(NearestOther(variable.Name)));

    private static ConfigurationProblem? NearestOther(string name) =>
        Read(name, "x").Hints.FirstOrDefault(hint => hint.Problem.StartsWith("is not a setting", StringComparison.Ordinal));

    private static HxSettings Read(string name, string value) =>
        HxSettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection([new(name, value)]).Build());
}
