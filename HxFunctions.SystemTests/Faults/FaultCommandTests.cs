using HxFunctions.Core.Routing;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Commands;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Faults;

/// <summary>What <c>hx</c> prints while something is broken, on both of its outputs, tells what is broken and nothing of the
/// URLs.</summary>
public sealed class FaultCommandTests
{
    public static TheoryData<string, string> Cells =>
        new()
        {
            { DependencyName.Postgres, "wrong credentials" },
            { DependencyName.Redis, "garbage" },
            { DependencyName.Qdrant, "hung after accept" },
        };

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Commands_tell_the_fault_and_leak_nothing(string dependency, string fault)
    {
        FaultCell cell = FaultCatalog.Of(dependency, fault);
        await using PostgresServer shared = await FaultStage.StartPostgresAsync();
        await using FaultStage stage = await FaultStage.StartAsync(cell, shared);
        await cell.Break(stage);
        Dictionary<string, string?> variables = new(stage.Variables())
        {
            ["WRAPPER_LOG_LEVEL"] = "TRACE",
            ["HX_GATEWAY_KEY"] = "made-up-gateway-key",
        };
        LeakHunter hunter = new(Canaries.OfTheMatrix);
        await using HxInstance hx = await HxInstance.StartAsync(variables, hunter.Attach);
        // A command is a process that has just started, beside others that have: what answers at all is to have the time.
        if (!cell.Hangs)
        {
            foreach (string timeout in new[] { "PG_TIMEOUT", "REDIS_TIMEOUT", "QDRANT_TIMEOUT" })
            {
                variables[timeout] = "20";
            }

            variables["HEALTH_CHECK_TIMEOUT"] = "25";
            variables["HEALTH_CHECK_INTERVAL"] = "30";
        }

        string at = hx.Address.ToString().TrimEnd('/');

        string[] commands =
        [
            "check",
            "check --json",
            "guard /v1/keys",
            $"guard /v1/keys --json --functions {at}",
            $"watch --once --functions {at}",
            "override show",
            $"smoke --gateway {at} --key-env HX_GATEWAY_KEY --functions {at}",
        ];
        HxProcess.Ending[] endings = await Task.WhenAll(commands.Select(command => RunAsync(command, variables)));
        foreach ((string command, HxProcess.Ending ending) in commands.Zip(endings))
        {
            Assert.InRange(ending.Code, 0, 1);
            Assert.True(ending.Output.Length + ending.Error.Length > 0, $"hx {command} printed nothing.");
            hunter.Look("CLI", $"hx {command}", ending.Output + ending.Error);
        }

        Assert.Contains(cell.Reason, endings[0].Output, StringComparison.Ordinal);
        Assert.Contains(cell.Reason, endings[1].Output, StringComparison.Ordinal);

        // They show what the product goes by: hosts, and for machines users, but no secret.
        HxProcess.Ending[] shown = await Task.WhenAll(RunAsync("config", variables), RunAsync("config --json", variables));
        foreach (HxProcess.Ending ending in shown)
        {
            hunter.Look("CLI", "hx config", ending.Output + ending.Error, onlySecrets: true);
        }

        Assert.Contains(Canaries.RedisHost, shown[1].Output, StringComparison.Ordinal);
        hunter.AssertNothingFound();
    }

    private static Task<HxProcess.Ending> RunAsync(string command, Dictionary<string, string?> variables) =>
        HxProcess.RunAsync(command, [.. variables.Select(v => (v.Key, v.Value))]);
}
