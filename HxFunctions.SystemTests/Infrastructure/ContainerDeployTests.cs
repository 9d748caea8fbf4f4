namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>infra/container-apps/deploy.sh, against a stand-in for az.</summary>
public class ContainerDeployTests
{
    private const string Script = "../container-apps/deploy.sh";

    private static readonly Dictionary<string, string> Prod = new(HookRun.Prod) { ["HX_IMAGE"] = CompiledContainers.Image };

    /// <summary>A vault without the key, unless said otherwise. The calls say how long the key is that a deployment gets.</summary>
    private static string Az(
        string secret = "echo 'ERROR: (ResourceNotFound)' >&2; exit 3",
        string deployment = "",
        string latest = "",
        string active = ""
    ) =>
        $"""
            case "$*" in
              "provider show "*) echo Registered ;;
              "keyvault list "*) echo /subscriptions/s/resourceGroups/rg-hx/providers/Microsoft.KeyVault/vaults/kv-hx ;;
              "resource show "*) {secret} ;;
              "deployment group create "*)
                key=$(printf '%s' "$HX_GUARD_KEY" | wc -c)
                echo "key of $key" >> "$HX_STAND_IN/calls"
                echo "latest: $HX_LATEST_REVISION" >> "$HX_STAND_IN/calls"
                {deployment}
                ;;
              *postgresRoleJobName*) echo job-hx-prod-pg ;;
              *containerAppUrl*) echo https://ca-hx-prod.example ;;
              *outputs.revision*) echo rnew00000 ;;
              "containerapp list "*) printf '{latest}' ;;
              "containerapp revision show --name ca-hx-prod --resource-group rg-hx --revision {latest} "*) echo {active} ;;
              "containerapp job start "*) echo run ;;
              "containerapp job execution show "*) echo Succeeded ;;
            esac
            """;

    [Fact]
    public async Task App_then_role_then_gateway()
    {
        using HookRun run = new(Az());
        HookRun.Result result = await run.RunAsync(Script, Prod);
        Assert.Equal((0, ""), (result.ExitCode, result.ExitCode == 0 ? "" : result.Output));
        string[] steps =
        [
            .. result.Calls.Where(c =>
                c.Contains("deployment group create", StringComparison.Ordinal) || c.Contains("job start", StringComparison.Ordinal)
            ),
        ];
        Assert.Equal(3, steps.Length);
        Assert.Contains("hx-container-apps --resource-group rg-hx --parameters infra/container-apps/main.bicepparam", steps[0]);
        Assert.Contains("--name job-hx-prod-pg", steps[1]);
        Assert.Contains("hx-connect --resource-group rg-hx --parameters infra/container-apps/connect.bicepparam", steps[2]);
        Assert.Contains("https://ca-hx-prod.example, revision rnew00000", result.Output, StringComparison.Ordinal);
        // Microsoft Entra has no part in it.
        Assert.DoesNotContain(result.Calls, c => c.StartsWith("az ad ", StringComparison.Ordinal));
    }

    /// <summary>64 hexadecimal digits, once, and on no command line.</summary>
    [Fact]
    public async Task Key_is_made_when_the_vault_has_none()
    {
        using HookRun run = new(Az());
        HookRun.Result result = await run.RunAsync(Script, Prod);
        Assert.Equal(["key of 64", "key of 0"], result.Calls.Where(c => c.StartsWith("key of", StringComparison.Ordinal)));
        Assert.DoesNotMatch("[0-9a-f]{64}", string.Join('\n', result.Calls).Replace(CompiledContainers.Image, "") + result.Output);
    }

    [Fact]
    public async Task Key_that_is_there_is_kept()
    {
        using HookRun run = new(Az("echo hx-serve-keys"));
        HookRun.Result result = await run.RunAsync(Script, Prod);
        Assert.Equal(["key of 0", "key of 0"], result.Calls.Where(c => c.StartsWith("key of", StringComparison.Ordinal)));
    }

    /// <summary>A function app that was there before has left a key that doesn't open hx serve. With hx serve's secret missing, neither
    /// does ours.</summary>
    [Theory]
    [InlineData("hx-guard-key")]
    [InlineData("hx-serve-guard-key")]
    public async Task Key_is_made_unless_both_of_its_secrets_are_there(string there)
    {
        // $4 is the secret's id.
        using HookRun run = new(
            Az($$"""case " {{there}} " in *" ${4##*/} "*) echo there ;; *) echo 'ERROR: (SecretNotFound)' >&2; exit 3 ;; esac""")
        );
        HookRun.Result result = await run.RunAsync(Script, Prod);
        Assert.Equal(["key of 64", "key of 0"], result.Calls.Where(c => c.StartsWith("key of", StringComparison.Ordinal)));
    }

    /// <summary>An earlier version had API Management's key by the name that a function app's has. A new key would close everything until
    /// both have it.</summary>
    [Theory]
    [InlineData("hx-serve-keys")]
    [InlineData("hx-guard-key hx-serve-keys")]
    public async Task Keys_of_an_earlier_version_are_not_replaced_unasked(string there)
    {
        string script = Az(
            $$"""case " {{there}} " in *" ${4##*/} "*) echo there ;; *) echo 'ERROR: (SecretNotFound)' >&2; exit 3 ;; esac"""
        );
        using HookRun asked = new(script);
        HookRun.Result result = await asked.RunAsync(Script, Prod);
        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.Changes);
        Assert.Contains("Set HX_GUARD_KEY", result.Output, StringComparison.Ordinal);

        using HookRun told = new(script);
        HookRun.Result deployed = await told.RunAsync(Script, new(Prod) { ["HX_GUARD_KEY"] = "made-up-key-of-tests" });
        Assert.Equal((0, "key of 20"), (deployed.ExitCode, deployed.Calls.First(c => c.StartsWith("key of", StringComparison.Ordinal))));
    }

    /// <summary>A key that may be there must not be replaced: every caller would be locked out.</summary>
    [Fact]
    public async Task Nothing_is_deployed_while_nobody_knows_whether_there_is_a_key()
    {
        using HookRun run = new(Az("echo 'ERROR: (AuthorizationFailed)' >&2; exit 1"));
        HookRun.Result result = await run.RunAsync(Script, Prod);
        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.Changes);
        Assert.Contains("AuthorizationFailed", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("registry.example/hx:latest")]
    public async Task Image_without_a_digest_stops_it_at_once(string image)
    {
        using HookRun run = new(Az());
        HookRun.Result result = await run.RunAsync(Script, new(Prod) { ["HX_IMAGE"] = image });
        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.Changes);
        Assert.Contains("HX_IMAGE", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Forbidden", 0, 4)]
    [InlineData("InvalidTemplate", 1, 1)]
    public async Task Deployment_is_tried_again_when_that_helps(string problem, int exitCode, int deployments)
    {
        using HookRun run = new(Az(deployment: $"""if [ "$asked" -lt 2 ]; then echo "ERROR: {problem}" >&2; exit 1; fi"""));
        HookRun.Result result = await run.RunAsync(Script, Prod);
        Assert.Equal((exitCode, deployments), (result.ExitCode, result.Changes.Length));
    }

    /// <summary>The template must know which names there have been, and that an inactive revision doesn't come back by its name.</summary>
    [Theory]
    [InlineData("", "", "latest: ")]
    [InlineData("ca-hx-prod--r1a2b3c4d-xyz12", "true", "latest: r1a2b3c4d-xyz12")]
    [InlineData("ca-hx-prod--r1a2b3c4d-xyz12", "false", "latest: inactive-r1a2b3c4d-xyz12")]
    public async Task Latest_revision_is_looked_up_for_the_template(string latest, string active, string told)
    {
        using HookRun run = new(Az(latest: latest, active: active));
        HookRun.Result result = await run.RunAsync(Script, Prod);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(told, result.Calls);
    }

    [Fact]
    public async Task Tried_revision_is_said_with_the_way_to_it()
    {
        using HookRun run = new(Az());
        HookRun.Result result = await run.RunAsync(Script, new(Prod) { ["HX_LIVE_REVISION"] = "rold00000" });
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Requests go to rold00000. To try rnew00000", result.Output, StringComparison.Ordinal);
    }
}
