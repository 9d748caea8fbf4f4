using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Infrastructure;

public partial class SecretTests
{
    [Fact]
    public async Task Secret_parameters_are_marked_and_have_no_default()
    {
        TemplateWalk.Part[] parameters = [.. TemplateWalk.Parameters((await Compiled.GetAsync()).Template)];
        TemplateWalk.Part[] secure =
        [
            .. parameters.Where(p => ((string?)p.Body["type"])?.StartsWith("secure", StringComparison.OrdinalIgnoreCase) == true),
        ];
        Assert.Equal(
            ["main.postgresAdministratorPassword", "main.postgresUrl", "main.qdrantApiKey", "main.redisUrl"],
            secure.Select(p => p.Name).Where(n => n.StartsWith("main.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
        );
        Assert.All(secure, p => Assert.False(p.Body.ContainsKey("defaultValue"), p.Name));
        Assert.All(parameters.Where(p => SecretName().IsMatch(p.Name)), p => Assert.Contains(p, secure));
    }

    [Fact]
    public async Task Outputs_hold_no_secret()
    {
        Compiled compiled = await Compiled.GetAsync();
        TemplateWalk.Part[] outputs = [.. TemplateWalk.Outputs(compiled.Template), .. TemplateWalk.Outputs(compiled.ConnectTemplate)];
        Assert.NotEmpty(outputs);
        Assert.All(
            outputs,
            output =>
            {
                string text = output.Body.ToJsonString();
                Assert.DoesNotMatch(new Regex("list[A-Z][A-Za-z]*\\("), text);
                Assert.DoesNotContain("secure", (string?)output.Body["type"], StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotMatch(SecretName(), output.Name);
            }
        );
    }

    [Fact]
    public async Task Passwords_are_only_referred_to_by_app_settings()
    {
        JsonObject deployment = (await Compiled.GetAsync()).BroughtResources;
        JsonNode settings = AppSettings.Of(deployment);
        Assert.Equal("@Microsoft.KeyVault(SecretUri=https://kv-own.vault.azure.net/secrets/hx-pg-url)", Known((string)settings["PG_URL"]!));
        Assert.Equal(
            "@Microsoft.KeyVault(SecretUri=https://kv-own.vault.azure.net/secrets/hx-redis-url)",
            Known((string)settings["REDIS_URL"]!)
        );
        Assert.DoesNotContain("listKeys", settings.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("main.bicepparam")]
    [InlineData("prod.bicepparam")]
    public void Parameter_files_hold_no_secret(string file)
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "infra", file));
        foreach (string parameter in (string[])["postgresUrl", "postgresAdministratorPassword", "redisUrl", "qdrantApiKey"])
        {
            Assert.Matches(new Regex($@"^param {parameter} = readEnvironmentVariable\('[A-Z_]+', ''\)$", RegexOptions.Multiline), text);
        }
    }

    /// <summary>The cloud's suffixes are only known when it is deployed.</summary>
    private static string Known(string expression) =>
        KeyVaultExpression().Replace(expression, "@Microsoft.KeyVault(SecretUri=https://kv-own.vault.azure.net/secrets/$1)");

    [GeneratedRegex("(Password|ApiKey|Secret|Token|Key)$")]
    private static partial Regex SecretName();

    [GeneratedRegex(
        @"^\[format\('@Microsoft\.KeyVault\(SecretUri=\{0\}secrets/\{1\}\)', format\('https://\{0\}\{1\}/', 'kv-own', environment\(\)\.suffixes\.keyvaultDns\), '([a-z-]+)'\)\]$"
    )]
    private static partial Regex KeyVaultExpression();
}
