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
                    "az ad app create --display-name hx-guard-prod --sign-in-audience AzureADMyOrg ",
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

    [GeneratedRegex(@"^az provider show --namespace (\S+) ")]
    private static partial Regex Provider();
}
