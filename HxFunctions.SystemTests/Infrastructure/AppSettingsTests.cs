using System.Text.Json.Nodes;
using HxFunctions.Core.Configuration;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>The deployed app settings against local.settings.sample.json, both ways.</summary>
public class AppSettingsTests
{
    /// <summary>Only <c>hx serve</c> reads WRAPPER_*; Flex Consumption has the runtime in functionAppConfig and refuses the setting;
    /// storage goes by identity there, and Redis's authority is a public one.</summary>
    private static readonly string[] SampleOnly =
    [
        "AzureWebJobsStorage",
        "FUNCTIONS_WORKER_RUNTIME",
        Variables.RedisAuthorities,
        Variables.RedisCertificate,
        Variables.RedisKey,
        "WRAPPER_HOST",
        "WRAPPER_KEYS",
        "WRAPPER_LOG_FORMAT",
        "WRAPPER_LOG_LEVEL",
        "WRAPPER_PORT",
    ];

    /// <summary>The Functions host's and Application Insights' own, for the identity.</summary>
    private static readonly string[] AzureOnly =
    [
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        "AzureWebJobsStorage__accountName",
        "AzureWebJobsStorage__clientId",
        "AzureWebJobsStorage__credential",
    ];

    /// <summary>What the deployment knows better than any default.</summary>
    private static readonly string[] Deployed =
    [
        Variables.PgUrl,
        Variables.PgAuth,
        Variables.RedisUrl,
        Variables.RedisAuth,
        Variables.QdrantApiKey,
        Variables.AzureClientId,
        "APPLICATIONINSIGHTS_CONNECTION_STRING",
    ];

    [Fact]
    public async Task App_settings_are_those_of_the_sample()
    {
        JsonObject sample = Sample();
        JsonObject deployed = AppSettings.Of((await Compiled.GetAsync()).Dev);
        Assert.Equal(
            sample.Select(s => s.Key).Except(SampleOnly).Concat(AzureOnly).Order(StringComparer.Ordinal),
            deployed.Select(s => s.Key).Order(StringComparer.Ordinal)
        );
        Assert.All(SampleOnly, name => Assert.Contains(name, (IDictionary<string, JsonNode?>)sample));
    }

    [Fact]
    public async Task App_settings_have_the_samples_values()
    {
        JsonObject sample = Sample();
        JsonObject deployed = AppSettings.Of((await Compiled.GetAsync()).Dev);
        foreach ((string name, JsonNode? value) in sample)
        {
            if (!SampleOnly.Contains(name) && !Deployed.Contains(name))
            {
                Assert.Equal((name, (string)value!), (name, (string)deployed[name]!));
            }
        }
    }

    [Fact]
    public async Task Deployed_urls_log_in_with_entra_without_a_problem()
    {
        JsonObject deployed = AppSettings.Of((await Compiled.GetAsync()).Dev);
        Assert.Equal(("entra", "entra"), ((string)deployed[Variables.PgAuth]!, (string)deployed[Variables.RedisAuth]!));
        Assert.Contains("postgresql://{0}@{1}:5432/{2}?sslmode=verify-full", (string)deployed[Variables.PgUrl]!, StringComparison.Ordinal);
        Assert.Contains("rediss://{0}@{1}:{2}", (string)deployed[Variables.RedisUrl]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_parameter_sets_schedule_and_interval_in_every_environment()
    {
        Compiled compiled = await Compiled.GetAsync();
        foreach (JsonObject deployment in (JsonObject[])[compiled.Dev, compiled.Prod, compiled.BroughtResources])
        {
            JsonObject settings = AppSettings.Of(deployment);
            int interval = int.Parse((string)settings[Variables.CheckInterval]!, System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(compiled.ScheduleOf[interval], (string)settings[Variables.SnapshotSchedule]!);
        }
    }

    [Fact]
    public async Task Settings_given_by_name_win() =>
        Assert.Equal("shadow", (string)AppSettings.Of((await Compiled.GetAsync()).BroughtResources)[Variables.GuardMode]!);

    private static JsonObject Sample() =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "local.settings.sample.json")))!["Values"]!.AsObject();
}
