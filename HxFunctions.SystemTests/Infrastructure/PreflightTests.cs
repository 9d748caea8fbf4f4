using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>infra/hooks/preprovision.sh, against stand-ins for az and azd.</summary>
public partial class PreflightTests
{
    private const string Registered = """
        case "$*" in
          "provider show "*) echo Registered ;;
        esac
        """;

    [Fact]
    public async Task Preflight_changes_nothing_where_all_is_there()
    {
        using HookRun hook = new(Registered);
        HookRun.Result result = await hook.RunAsync("preprovision.sh", HookRun.Dev);
        Assert.Equal(0, result.ExitCode);
        Assert.Empty(result.Changes);
        // In azd's subscription, whatever the Azure CLI's own is.
        Assert.All(result.Calls, c => Assert.EndsWith("--subscription 00000000-0000-0000-0000-000000000001", c, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Preflight_registers_what_is_missing_and_waits_for_it()
    {
        using HookRun hook = new(
            """
            case "$*" in
              "provider show --namespace Microsoft.App "*) if [ "$asked" -lt 4 ]; then echo Registering; else echo Registered; fi ;;
              "provider show "*) echo Registered ;;
            esac
            """
        );
        HookRun.Result result = await hook.RunAsync("preprovision.sh", HookRun.Dev);
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("az provider register --namespace Microsoft.App ", Assert.Single(result.Changes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Preflight_says_what_someone_else_must_register()
    {
        using HookRun hook = new(
            """
            case "$*" in
              "provider show --namespace Microsoft.App "* | "provider show --namespace Microsoft.Cache "*) echo NotRegistered ;;
              "provider show "*) echo Registered ;;
              "provider register "*) exit 1 ;;
            esac
            """
        );
        HookRun.Result result = await hook.RunAsync("preprovision.sh", HookRun.Dev);
        Assert.Equal(1, result.ExitCode);
        // All of them at once, not one in each run.
        Assert.Contains("az provider register --namespace Microsoft.App\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("az provider register --namespace Microsoft.Cache\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Preflight_looks_for_every_provider_of_the_templates()
    {
        Compiled compiled = await Compiled.GetAsync();
        IEnumerable<string> deployed = ResourceOrder
            .All(compiled.Template)
            .Concat(ResourceOrder.All(compiled.ConnectTemplate))
            .SelectMany(o => o.Nodes)
            .Select(n => n.Type.Split('/')[0])
            // Always there.
            .Except(["Microsoft.Resources", "Microsoft.Authorization"])
            .Append("Microsoft.App");
        using HookRun hook = new(Registered);
        HookRun.Result result = await hook.RunAsync("preprovision.sh", HookRun.Dev);
        Assert.Equal(
            deployed.Distinct().Order(StringComparer.Ordinal),
            result.Calls.Select(c => Provider().Match(c)).Where(m => m.Success).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("HX_PUBLISHER_EMAIL", "", "HX_PUBLISHER_EMAIL")]
    [InlineData("HX_PROFILE", "stage", "HX_PROFILE must be dev or prod")]
    [InlineData("HX_GUARD_LOGIN", "none", "HX_GUARD_LOGIN must be key or identity")]
    [InlineData("HX_PREFLIGHT", "no", "HX_PREFLIGHT must be look or change")]
    public async Task Preflight_stops_at_a_variable_that_is_wrong(string name, string value, string says)
    {
        using HookRun hook = new(Registered);
        HookRun.Result result = await hook.RunAsync("preprovision.sh", new(HookRun.Dev) { [name] = value });
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(says, result.Output, StringComparison.Ordinal);
        Assert.Empty(result.Changes);
    }

    /// <summary>The workflow's "only show what would change".</summary>
    [Fact]
    public async Task Preflight_that_only_looks_says_what_is_missing_and_changes_nothing()
    {
        using HookRun hook = new(
            """
            case "$*" in
              "provider show --namespace Microsoft.App "*) echo NotRegistered ;;
              "provider show "*) echo Registered ;;
            esac
            """
        );
        HookRun.Result result = await hook.RunAsync("preprovision.sh", new(HookRun.Dev) { ["HX_PREFLIGHT"] = "look" });
        Assert.Equal((1, 0), (result.ExitCode, result.Changes.Length));
        Assert.Contains("az provider register --namespace Microsoft.App\n", result.Output, StringComparison.Ordinal);
        using HookRun complete = new(Registered);
        result = await complete.RunAsync("preprovision.sh", new(HookRun.Dev) { ["HX_PREFLIGHT"] = "look" });
        Assert.Equal((0, 0), (result.ExitCode, result.Changes.Length));
        result = await complete.RunAsync("preprovision.sh", new(HookRun.Prod) { ["HX_PREFLIGHT"] = "look" });
        Assert.Equal((1, 0), (result.ExitCode, result.Changes.Length));
        Assert.Contains("HX_GUARD_APPLICATION_ID", result.Output, StringComparison.Ordinal);
    }

    /// <summary>As on a runner of GitHub's, where the application's id would be forgotten.</summary>
    [Fact]
    public async Task Preflight_without_azd_makes_no_application()
    {
        using HookRun hook = new(Registered, hasAzd: false);
        HookRun.Result result = await hook.RunAsync("preprovision.sh", HookRun.Prod);
        Assert.Equal((1, 0), (result.ExitCode, result.Changes.Length));
        Assert.Contains("HX_GUARD_APPLICATION_ID", result.Output, StringComparison.Ordinal);
        result = await hook.RunAsync("preprovision.sh", new(HookRun.Prod) { ["HX_GUARD_APPLICATION_ID"] = "made-up-application" });
        Assert.Equal((0, 0), (result.ExitCode, result.Changes.Length));
    }

    [Fact]
    public async Task Preflight_without_a_login_says_so()
    {
        using HookRun hook = new("exit 1");
        HookRun.Result result = await hook.RunAsync("preprovision.sh", HookRun.Dev);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("az login", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Preflight_makes_productions_application_once()
    {
        using HookRun hook = new(
            """
            case "$*" in
              "provider show "*) echo Registered ;;
              "ad app create "*) echo made-up-application ;;
              "ad sp show "*) exit 3 ;;
            esac
            """
        );
        HookRun.Result result = await hook.RunAsync("preprovision.sh", HookRun.Prod);
        Assert.Equal(0, result.ExitCode);
        Assert.Collection(
            result.Changes,
            c =>
                Assert.StartsWith(
                    $"az ad app create --display-name hx-guard {Here("rg-hx", "prod")} --sign-in-audience AzureADMyOrg ",
                    c,
                    StringComparison.Ordinal
                ),
            c => Assert.Contains("applications(appId='made-up-application')", c, StringComparison.Ordinal),
            c => Assert.StartsWith("az ad sp create --id made-up-application", c, StringComparison.Ordinal),
            c => Assert.Equal("azd env set HX_GUARD_APPLICATION_ID made-up-application", c)
        );
        HookRun.Result again = await hook.RunAsync(
            "preprovision.sh",
            new(HookRun.Prod) { ["HX_GUARD_APPLICATION_ID"] = "made-up-application" }
        );
        Assert.Equal((0, 0), (again.ExitCode, again.Changes.Length));
    }

    /// <summary>Microsoft Graph's servers learn of it one by one.</summary>
    [Fact]
    public async Task Preflight_waits_until_the_new_application_is_known()
    {
        using HookRun hook = new(
            """
            case "$*" in
              "provider show "*) echo Registered ;;
              "ad app create "*) echo made-up-application ;;
              "ad sp show "*) exit 3 ;;
              "rest "* | "ad sp create "*) [ "$asked" -ge 3 ] ;;
            esac
            """
        );
        HookRun.Result result = await hook.RunAsync("preprovision.sh", HookRun.Prod);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(3, result.Calls.Count(c => c.StartsWith("az rest ", StringComparison.Ordinal)));
        Assert.Equal(3, result.Calls.Count(c => c.StartsWith("az ad sp create ", StringComparison.Ordinal)));
        Assert.Contains("azd env set HX_GUARD_APPLICATION_ID made-up-application", result.Calls);
    }

    [Fact]
    public async Task Preflight_goes_on_with_an_application_that_an_earlier_run_made()
    {
        using HookRun hook = new(
            """
            case "$*" in
              "provider show "*) echo Registered ;;
              "ad app list "*) echo made-up-application ;;
            esac
            """
        );
        HookRun.Result result = await hook.RunAsync("preprovision.sh", HookRun.Prod);
        Assert.Equal(0, result.ExitCode);
        Assert.DoesNotContain(result.Calls, c => c.Contains(" create ", StringComparison.Ordinal));
        Assert.Contains("azd env set HX_GUARD_APPLICATION_ID made-up-application", result.Calls);
    }

    [Fact]
    public async Task Preflight_does_not_choose_between_applications()
    {
        using HookRun hook = new(
            """
            case "$*" in
              "provider show "*) echo Registered ;;
              "ad app list "*) printf 'one\ntwo\n' ;;
            esac
            """
        );
        HookRun.Result result = await hook.RunAsync("preprovision.sh", HookRun.Prod);
        Assert.Equal((1, 0), (result.ExitCode, result.Changes.Length));
    }

    /// <summary>Nothing keeps display names apart in a tenant: a "prod" in another group or subscription is another one.</summary>
    [Fact]
    public async Task Preflight_looks_for_the_application_of_this_environment_alone()
    {
        using HookRun hook = new(Registered);
        foreach (
            (string group, string subscription) in ((string, string)[])
                [("rg-hx", "00000000-0000-0000-0000-000000000001"), ("RG-other", "00000000-0000-0000-0000-000000000007")]
        )
        {
            HookRun.Result result = await hook.RunAsync(
                "preprovision.sh",
                new(HookRun.Prod) { ["AZURE_RESOURCE_GROUP"] = group, ["AZURE_SUBSCRIPTION_ID"] = subscription }
            );
            string name = $"hx-guard /subscriptions/{subscription}/resourcegroups/{group.ToLowerInvariant()}/prod";
            string call = Assert.Single(result.Calls, c => c.StartsWith("az ad app list ", StringComparison.Ordinal));
            Assert.Contains($"--display-name {name} --query [?displayName=='{name}'].appId ", call, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("rest ", "accessTokenAcceptedVersion")]
    [InlineData("ad sp create ", "az ad sp create --id made-up-application")]
    [InlineData("ad app create ", "You may not register applications")]
    public async Task Preflight_says_what_is_to_be_done_where_the_application_is_refused(string refused, string says)
    {
        using HookRun hook = new(
            $"""
            case "$*" in
              "{refused}"*) exit 1 ;;
              "provider show "*) echo Registered ;;
              "ad app create "*) echo made-up-application ;;
              "ad sp show "*) exit 3 ;;
            esac
            """
        );
        HookRun.Result result = await hook.RunAsync("preprovision.sh", HookRun.Prod);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(says, result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(result.Calls, c => c.StartsWith("azd ", StringComparison.Ordinal));
    }

    /// <summary>Names in there are the same for all environments: the second one would overwrite the first one's.</summary>
    [Theory]
    [InlineData("HX_VAULT_ID", "/secrets/hx-redis-url ", 0, "echo {0}")]
    [InlineData("HX_VAULT_ID", "/secrets/hx-redis-url ", 0, "")]
    [InlineData("HX_VAULT_ID", "/secrets/hx-redis-url ", 0, "echo '(SecretNotFound) A secret was not found.' >&2; exit 3")]
    [InlineData("HX_VAULT_ID", "/secrets/hx-redis-url ", 1, "echo '(AuthorizationFailed) No.' >&2; exit 1", "AuthorizationFailed")]
    [InlineData("HX_VAULT_ID", "/secrets/hx-pg-url ", 1, "echo {1}", "Two can't bring the same vault")]
    [InlineData("HX_VAULT_ID", "/secrets/hx-redis-url ", 1, "echo {1}", "Two can't bring the same vault")]
    [InlineData("HX_VAULT_ID", "/secrets/hx-qdrant-api-key ", 1, "echo {1}", "Two can't bring the same vault")]
    [InlineData("HX_VAULT_ID", "/secrets/hx-guard-key ", 1, "echo {1}", "Two can't bring the same vault")]
    [InlineData("HX_VAULT_ID", "/secrets/hx-serve-guard-key ", 1, "echo {1}", "Two can't bring the same vault")]
    [InlineData("HX_VAULT_ID", "/secrets/hx-serve-keys ", 1, "echo {1}", "Two can't bring the same vault")]
    [InlineData("HX_GATEWAY_ID", "/namedValues/hx-environment ", 0, "echo {0}")]
    [InlineData("HX_GATEWAY_ID", "/namedValues/hx-environment ", 1, "echo {1}", "Two can't bring the same vault or API Management")]
    public async Task Preflight_stops_where_another_environment_has_what_is_brought(
        string variable,
        string resource,
        int exitCode,
        string az,
        string says = ""
    )
    {
        string answer = az.Replace("{0}", Here("rg-hx", "dev"), StringComparison.Ordinal)
            .Replace("{1}", Here("rg-hx", "stage"), StringComparison.Ordinal);
        using HookRun hook = new(
            $"""
            case "$*" in
              "provider show "*) echo Registered ;;
              "resource show --ids /brought{resource}"*) {answer} ;;
            esac
            """
        );
        HookRun.Result result = await hook.RunAsync("preprovision.sh", new(HookRun.Dev) { [variable] = "/brought" });
        Assert.Equal((exitCode, 0), (result.ExitCode, result.Changes.Length));
        Assert.Contains(result.Calls, c => c.StartsWith($"az resource show --ids /brought{resource}", StringComparison.Ordinal));
        Assert.Contains(says, result.Output, StringComparison.Ordinal);
    }

    /// <summary>What the hook compares is what the templates write.</summary>
    [Fact]
    public async Task Whose_a_brought_vault_and_gateway_are_is_written_into_them()
    {
        Compiled compiled = await Compiled.GetAsync();
        JsonObject[] secrets =
        [
            .. ((JsonObject[])[compiled.BroughtResources, compiled.BroughtResourcesConnected]).SelectMany(deployment =>
                Compiled.Resources(deployment, "Microsoft.KeyVault/vaults/secrets")
            ),
        ];
        Assert.Contains(secrets, secret => (string)secret["name"]! == "kv-own/hx-redis-url");
        Assert.Contains(secrets, secret => (string)secret["name"]! == "kv-own/hx-guard-key");
        Assert.All(secrets, secret => Assert.Equal(Here("rg-hx", "own"), (string)secret["tags"]!["hx-environment"]!));
        JsonObject value = Compiled
            .Resources(compiled.BroughtResourcesConnected, "Microsoft.ApiManagement/service/namedValues")
            .Single(value => (string)value["name"]! == "apim-own/hx-environment");
        Assert.Equal(Here("rg-hx", "own"), (string)value["properties"]!["value"]!);
    }

    private static string Here(string group, string environment) =>
        $"/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/{group}/{environment}";

    [GeneratedRegex(@"^az provider show --namespace (\S+) ")]
    private static partial Regex Provider();
}
