using System.Text.RegularExpressions;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>The hooks after the deployment and before the deletion, against stand-ins for az and azd.</summary>
public partial class HookTests
{
    [Theory]
    [InlineData("Forbidden: the user, group or application does not have secrets get permission")]
    [InlineData("NotFound: Host keys of function Guard")]
    public async Task Second_phase_tries_again_what_passes_by_itself(string problem)
    {
        using HookRun hook = new(
            $"""
            case "$*" in
              "deployment group create "*) if [ "$asked" -lt 3 ]; then echo "ERROR: {problem}" >&2; exit 1; fi ;;
            esac
            """
        );
        HookRun.Result result = await hook.RunAsync("postdeploy.sh", HookRun.Dev);
        Assert.Equal((0, 3), (result.ExitCode, result.Changes.Length));
        Assert.All(
            result.Changes,
            c =>
                Assert.Contains(
                    "--name hx-connect --resource-group rg-hx --parameters infra/connect.bicepparam",
                    c,
                    StringComparison.Ordinal
                )
        );
    }

    [Theory]
    [InlineData("InvalidTemplate: HX_GUARD_APPLICATION_ID", 1)]
    [InlineData("Forbidden", 4)]
    public async Task Second_phase_ends_with_what_to_do(string problem, int tries)
    {
        using HookRun hook = new(
            $"""
            case "$*" in
              "deployment group create "*) echo "ERROR: {problem}" >&2; exit 1 ;;
            esac
            """
        );
        HookRun.Result result = await hook.RunAsync("postdeploy.sh", HookRun.Dev);
        Assert.Equal((1, tries), (result.ExitCode, result.Changes.Length));
        Assert.Contains(problem, result.Output, StringComparison.Ordinal);
        Assert.Contains("azd hooks run postdeploy", result.Output, StringComparison.Ordinal);
    }

    /// <summary>The app finds out at its start, and asks for a key until then: infra/connect.bicep says whether it must.</summary>
    [Theory]
    [InlineData("", 0)]
    [InlineData("func-hx-prod", 3)]
    public async Task App_is_restarted_when_authentication_stands_before_it(string app, int tries)
    {
        using HookRun hook = new(
            $"""
            case "$*" in
              "deployment group create "*) printf '{app}' ;;
              "functionapp restart "*) [ "$asked" -ge 3 ] ;;
            esac
            """
        );
        HookRun.Result result = await hook.RunAsync("postdeploy.sh", HookRun.Dev);
        Assert.Equal(0, result.ExitCode);
        string[] restarts = [.. result.Calls.Where(c => c.StartsWith("az functionapp restart ", StringComparison.Ordinal))];
        Assert.Equal(tries, restarts.Length);
        Assert.All(restarts, c => Assert.Contains($"--name {app} --resource-group rg-hx", c, StringComparison.Ordinal));
    }

    [Fact]
    public async Task App_that_does_not_restart_fails_with_what_to_do()
    {
        using HookRun hook = new(
            """
            case "$*" in
              "deployment group create "*) printf func-hx-prod ;;
              "functionapp restart "*) exit 1 ;;
            esac
            """
        );
        HookRun.Result result = await hook.RunAsync("postdeploy.sh", HookRun.Dev);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("func-hx-prod doesn't restart", result.Output, StringComparison.Ordinal);
        Assert.Contains("azd hooks run postdeploy", result.Output, StringComparison.Ordinal);
    }

    /// <summary>Git's sh on Windows: it rewrites what looks like a path of its own, and az ends its lines in CR LF.</summary>
    [Theory]
    [InlineData("preprovision.sh")]
    [InlineData("postdeploy.sh")]
    [InlineData("predown.sh")]
    [InlineData("postgres-role.sh")]
    [InlineData("../container-apps/deploy.sh")]
    public async Task Ids_reach_az_as_they_are_also_on_windows(string script)
    {
        using HookRun hook = new(
            """
            echo "converts: $MSYS_NO_PATHCONV $MSYS2_ARG_CONV_EXCL $MSYS2_ENV_CONV_EXCL" >> "$HX_STAND_IN/calls"
            case "$*" in
              "provider show "*) printf 'Registered\r\n' ;;
              *postgresRoleJobName*) printf 'job-hx-prod-pg\r\n' ;;
              "containerapp job start "*) printf 'run\r\n' ;;
              "containerapp job execution show "*) printf 'Succeeded\r\n' ;;
            esac
            """
        );
        Dictionary<string, string> environment = new(HookRun.Prod)
        {
            ["HX_GUARD_APPLICATION_ID"] = "made-up-application",
            ["HX_IMAGE"] = CompiledContainers.Image,
        };
        HookRun.Result result = await hook.RunAsync(script, environment);
        Assert.Equal((0, ""), (result.ExitCode, result.ExitCode == 0 ? "" : result.Output));
        string[] settings = [.. result.Calls.Where(c => c.StartsWith("converts: ", StringComparison.Ordinal))];
        Assert.NotEmpty(settings);
        Assert.All(settings, line => Assert.Equal("converts: 1 * *", line));
        Assert.DoesNotContain('\r', result.Output);
    }

    [Fact]
    public async Task Hook_without_az_says_where_to_get_it()
    {
        using HookRun hook = HookRun.WithoutAz();
        HookRun.Result result = await hook.RunAsync("postdeploy.sh", HookRun.Dev);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("The Azure CLI (az) is missing", result.Output, StringComparison.Ordinal);
    }

    /// <summary>Without the LLM gateway's URL there is no API that includes a fragment, unless someone has put it there.</summary>
    [Theory]
    [InlineData("https://llm.example.org", "API Management asks the guard", "GUARD_BASE_PATH")]
    [InlineData("", "include a fragment in yours, and set GUARD_BASE_PATH", "API Management asks the guard")]
    public async Task Second_phase_says_who_asks_the_guard(string url, string says, string saysNot)
    {
        using HookRun hook = new("");
        HookRun.Result result = await hook.RunAsync("postdeploy.sh", new(HookRun.Dev) { ["HX_LLM_GATEWAY_URL"] = url });
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(says, result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(saysNot, result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dev\tMicrosoft.Web/sites\tfunc-hx-dev", 0)]
    [InlineData("None\tMicrosoft.Network/networkInterfaces\tnic-pe-psql-hx-dev-postgresqlServer", 0)]
    [InlineData("None\tmicrosoft.insights/actiongroups\tApplication Insights Smart Detection", 0)]
    [InlineData("None\tMicrosoft.Compute/virtualMachines\tmy-machine", 1)]
    [InlineData("prod\tMicrosoft.Web/sites\tfunc-hx-prod", 1)]
    public async Task Deleting_stops_at_what_belongs_to_someone_else(string resource, int exitCode)
    {
        // The second is Windows'.
        foreach (string end in (string[])[@"\n", @"\r\n"])
        {
            using HookRun hook = new(
                $"""
                case "$*" in
                  "resource list "*) printf '%s{end}' "dev{'\t'}Microsoft.KeyVault/vaults{'\t'}kv-hx" "{resource}" ;;
                esac
                """
            );
            HookRun.Result result = await hook.RunAsync("predown.sh", HookRun.Dev);
            Assert.Equal(exitCode, result.ExitCode);
            Assert.Equal(exitCode == 1, result.Output.Contains(resource.Split('\t')[2], StringComparison.Ordinal));
            Assert.Equal(0, (await hook.RunAsync("predown.sh", new(HookRun.Dev) { ["HX_DOWN"] = "everything" })).ExitCode);
        }
    }

    [Fact]
    public void Hooks_of_azd_are_there_and_can_be_run()
    {
        string azure = File.ReadAllText(Path.Combine(Repository.Root, "azure.yaml"));
        string[] hooks = [.. RunLine().Matches(azure).Select(m => m.Groups[1].Value)];
        Assert.Equal(["infra/hooks/preprovision.sh", "infra/hooks/postdeploy.sh", "infra/hooks/predown.sh"], hooks);
        Assert.All(
            hooks,
            h =>
                Assert.True(
                    File.GetUnixFileMode(Path.Combine(Repository.Root, h)).HasFlag(UnixFileMode.UserExecute | UnixFileMode.OtherExecute),
                    h
                )
        );
    }

    [GeneratedRegex(@"^    run: (\S+)$", RegexOptions.Multiline)]
    private static partial Regex RunLine();
}
