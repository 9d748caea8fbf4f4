using System.Text.Json.Nodes;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>infra/hooks/postgres-role.sh and its job: what is deployed, and when it is started again.</summary>
public class PostgresRoleHookTests
{
    private const string Hook = "postgres-role.sh";
    private const string Start = "az containerapp job start --name job-hx-prod-pg";

    /// <summary>In an address that both phases read, the status of a run comes by the number of the question.</summary>
    private static string Az(string status, string deployment = "") =>
        $"""
            case "$*" in
              "deployment group create "*) {deployment} ;;
              "deployment group show "*) echo job-hx-prod-pg ;;
              "containerapp job start "*) echo "run-$asked" ;;
              "containerapp job execution show "*) {status} ;;
            esac
            """;

    [Fact]
    public async Task Job_is_deployed_started_and_waited_for()
    {
        using HookRun hook = new(Az("""if [ "$asked" -lt 3 ]; then echo Running; else echo Succeeded; fi"""));
        HookRun.Result result = await hook.RunAsync(Hook, HookRun.Prod);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(
            "--name hx-postgres-role --resource-group rg-hx --parameters infra/postgres-role.bicepparam",
            Assert.Single(result.Changes),
            StringComparison.Ordinal
        );
        Assert.Single(result.Calls, c => c.StartsWith(Start, StringComparison.Ordinal));
        Assert.Equal(3, result.Calls.Count(c => c.Contains("--job-execution-name run-1", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("""case "$*" in *run-1*) echo Failed ;; *) echo Succeeded ;; esac""", 0, 2)]
    [InlineData("echo Failed", 1, 3)]
    [InlineData("echo Running", 1, 1)]
    public async Task Run_that_failed_is_started_again_twice(string status, int exitCode, int starts)
    {
        using HookRun hook = new(Az(status));
        HookRun.Result result = await hook.RunAsync(Hook, HookRun.Prod);
        Assert.Equal((exitCode, starts), (result.ExitCode, result.Calls.Count(c => c.StartsWith(Start, StringComparison.Ordinal))));
        Assert.Equal(exitCode == 1, result.Output.Contains("ContainerAppConsoleLogs", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ServerIsBusy", 0, 2)]
    [InlineData("InvalidTemplate", 1, 1)]
    public async Task Deployment_is_tried_again_when_that_helps(string problem, int exitCode, int tries)
    {
        using HookRun hook = new(Az("echo Succeeded", $"""if [ "$asked" -lt 2 ]; then echo "ERROR: {problem}" >&2; exit 1; fi"""));
        HookRun.Result result = await hook.RunAsync(Hook, HookRun.Prod);
        Assert.Equal((exitCode, tries), (result.ExitCode, result.Changes.Length));
    }

    [Theory]
    [InlineData("dev", "", "")]
    [InlineData("prod", "PG_AUTH", "password")]
    [InlineData("prod", "HX_POSTGRES_SOURCE", "existing")]
    public async Task Nothing_is_asked_where_there_is_no_role_to_make(string profile, string name, string value)
    {
        using HookRun hook = new(Az("echo Succeeded"));
        Dictionary<string, string> environment = new(HookRun.Dev) { ["HX_PROFILE"] = profile };
        if (name.Length > 0)
        {
            environment[name] = value;
        }

        HookRun.Result result = await hook.RunAsync(Hook, environment);
        Assert.Equal(0, result.ExitCode);
        Assert.Empty(result.Calls);
    }

    /// <summary>The role comes before API Management is let through: until then every check of PostgreSQL fails.</summary>
    [Fact]
    public async Task Role_is_made_before_the_gateway_is_connected()
    {
        using HookRun hook = new(Az("echo Succeeded"));
        HookRun.Result result = await hook.RunAsync("postdeploy.sh", HookRun.Prod);
        Assert.Equal(0, result.ExitCode);
        int start = Array.FindIndex(result.Calls, c => c.StartsWith(Start, StringComparison.Ordinal));
        int connection = Array.FindIndex(result.Calls, c => c.Contains("--name hx-connect", StringComparison.Ordinal));
        Assert.True(start >= 0 && connection > start, $"{start}, {connection}");
    }

    /// <summary>The script knows nothing of TLS and of who it is: libpq's variables say it, and they stand in the template.</summary>
    [Fact]
    public async Task Job_connects_by_tls_as_the_administrator_that_the_template_makes()
    {
        CompiledContainers compiled = await CompiledContainers.GetAsync();
        foreach (JsonObject deployment in (JsonObject[])[compiled.Role, compiled.Dev, compiled.Prod])
        {
            JsonNode container = Compiled.Resources(deployment, "Microsoft.App/jobs").Single()["properties"]!["template"]!["containers"]![
                0
            ]!;
            Dictionary<string, string> variables = container["env"]!
                .AsArray()
                .ToDictionary(e => (string)e!["name"]!, e => (string)e!["value"]!);
            JsonNode administrator = Compiled.Resources(deployment, "Microsoft.DBforPostgreSQL/flexibleServers/administrators").Single()[
                "properties"
            ]!;
            Assert.Equal(("verify-full", "system"), (variables["PGSSLMODE"], variables["PGSSLROOTCERT"]));
            Assert.Equal(("postgres", "litellm"), (variables["PGDATABASE"], variables["HX_ROLE_DATABASE"]));
            Assert.Equal((string)administrator["principalName"]!, variables["PGUSER"]);
            Assert.Equal("ServicePrincipal", (string)administrator["principalType"]!);
            Assert.NotEqual(variables["PGUSER"], variables["HX_ROLE"]);
            Assert.Equal(variables["PGUSER"], $"{variables["HX_ROLE"]}-postgres-role");
            Assert.Contains("principalId", variables["HX_ROLE_OBJECT_ID"], StringComparison.Ordinal);
            Assert.Equal(
                await File.ReadAllTextAsync(Path.Combine(Repository.Root, "infra", "modules", "postgres-role.sh")),
                (string)container["command"]![2]!
            );
        }
    }

    /// <summary>
    /// It is a command of a container: there <c>$$</c> becomes <c>$</c>, and <c>$(NAME)</c> a variable's value.
    /// https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/
    /// </summary>
    [Fact]
    public void Script_reaches_the_shell_as_it_is_written()
    {
        string script = File.ReadAllText(Path.Combine(Repository.Root, "infra", "modules", "postgres-role.sh"));
        Assert.DoesNotContain("$$", script, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\$\([A-Za-z0-9_.-]+\)", script);
    }

    /// <summary>The subnet of the job is the network's own, and no other service's.</summary>
    [Fact]
    public async Task Job_runs_in_the_network_where_the_server_can_be_reached()
    {
        JsonObject role = (await CompiledContainers.GetAsync()).Role;
        string subnet = (string)
            Compiled.Resources(role, "Microsoft.App/managedEnvironments").Single()["properties"]!["vnetConfiguration"]![
                "infrastructureSubnetId"
            ]!;
        JsonObject network = Compiled.Resources((await Compiled.GetAsync()).Prod, "Microsoft.Network/virtualNetworks").Single();
        Assert.StartsWith($"{(string)network["id"]!}/subnets/", subnet, StringComparison.Ordinal);
        JsonNode own = network["properties"]!["subnets"]!.AsArray().Single(s => (string)s!["name"]! == subnet.Split('/')[^1])!;
        Assert.Equal("Microsoft.App/environments", (string)own["properties"]!["delegations"]![0]!["properties"]!["serviceName"]!);
        JsonObject app = Compiled.Resources((await Compiled.GetAsync()).Prod, "Microsoft.Web/sites").Single();
        Assert.NotEqual(subnet, (string)app["properties"]!["virtualNetworkSubnetId"]!);
    }
}
