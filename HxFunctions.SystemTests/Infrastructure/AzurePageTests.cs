using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>docs/azure.md against what it tells of.</summary>
public partial class AzurePageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "azure.md"));

    [Fact]
    public void Every_variable_of_the_parameter_files_and_hooks_is_on_the_page()
    {
        string[] files =
        [
            .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "infra"), "*.bicepparam"),
            .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "infra", "hooks"), "*.sh"),
        ];
        string[] used =
        [
            .. files
                .SelectMany(f => Used().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value + m.Groups[2].Value))
                // The pace of the hooks, for tests.
                .Except(["HX_HOOK_PAUSE", "HX_HOOK_TRIES"])
                .Distinct(),
        ];
        Assert.True(used.Length > 20, $"{used.Length}");
        Assert.All(used, name => Assert.Contains(name, Page, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_variable_in_the_table_is_read()
    {
        string text = string.Concat(
            Directory.EnumerateFiles(Path.Combine(Repository.Root, "infra"), "*.bicepparam").Select(File.ReadAllText)
        );
        string table = Page[
            Page.IndexOf("| variable | default |", StringComparison.Ordinal)..Page.IndexOf("| profile |", StringComparison.Ordinal)
        ];
        string[] names =
        [
            .. table.Split('\n').SelectMany(l => Name().Matches(l.Split('|').ElementAtOrDefault(1) ?? "").Select(m => m.Groups[1].Value)),
        ];
        Assert.True(names.Length > 20, $"{names.Length}");
        Assert.All(names, name => Assert.Contains($"readEnvironmentVariable('{name}'", text, StringComparison.Ordinal));
    }

    /// <summary>Whoever deploys may give the roles that the templates give, and no other.</summary>
    [Fact]
    public void Condition_has_the_roles_that_are_given()
    {
        string names = File.ReadAllText(Path.Combine(Repository.Root, "infra", "names.bicep"));
        string given = names[names.IndexOf("var roleIds", StringComparison.Ordinal)..];
        string allowed = Page.Split('\n').Single(l => l.StartsWith("roles=", StringComparison.Ordinal));
        Assert.Equal(Ids(given[..given.IndexOf('}', StringComparison.Ordinal)]), Ids(allowed));
    }

    [Fact]
    public async Task Network_has_as_many_subnets_as_the_page_names()
    {
        JsonObject network = Compiled.Resources((await Compiled.GetAsync()).Prod, "Microsoft.Network/virtualNetworks").Single();
        Match said = Subnets().Match(Page);
        int named = said.Groups[2].Value.Split(", ").Length;
        Assert.Equal(network["properties"]!["subnets"]!.AsArray().Count, named);
        Assert.Equal(named, Array.IndexOf(["zero", "one", "two", "three", "four", "five"], said.Groups[1].Value));
    }

    /// <summary>The rows of the cost table that count something.</summary>
    [Fact]
    public async Task Costs_are_reckoned_with_what_is_deployed()
    {
        Compiled compiled = await Compiled.GetAsync();
        foreach (
            (string row, string type) in ((string, string)[])
                [("private endpoints", "Microsoft.Network/privateEndpoints"), ("private DNS zones", "Microsoft.Network/privateDnsZones")]
        )
        {
            string[] cells = Costs(row);
            Assert.StartsWith($"{Compiled.Resources(compiled.Dev, type).Count()} ×", cells[2], StringComparison.Ordinal);
            Assert.StartsWith($"{Compiled.Resources(compiled.Prod, type).Count()} ×", cells[3], StringComparison.Ordinal);
        }

        AssertCost(
            compiled.DevConnected,
            compiled.ProdConnected,
            "alerts",
            deployment => $"{Compiled.Resources(deployment, "Microsoft.Insights/scheduledQueryRules").Count()} ×"
        );
        AssertCost(
            compiled.Dev,
            compiled.Prod,
            "API Management",
            deployment => $"{Compiled.Resources(deployment, "Microsoft.ApiManagement/service").Single()["sku"]!["name"]}, "
        );
        AssertCost(
            compiled.Dev,
            compiled.Prod,
            "PostgreSQL, server",
            deployment =>
            {
                JsonObject server = Compiled.Resources(deployment, "Microsoft.DBforPostgreSQL/flexibleServers").Single();
                int servers = (string)server["properties"]!["highAvailability"]!["mode"]! == "Disabled" ? 1 : 2;
                return $"{servers} × {((string)server["sku"]!["name"]!).Replace("Standard_", "", StringComparison.Ordinal)} ";
            }
        );
        AssertCost(
            compiled.Dev,
            compiled.Prod,
            "PostgreSQL, storage",
            deployment =>
            {
                JsonNode server = Compiled.Resources(deployment, "Microsoft.DBforPostgreSQL/flexibleServers").Single()["properties"]!;
                int servers = (string)server["highAvailability"]!["mode"]! == "Disabled" ? 1 : 2;
                return $"{servers} × {server["storage"]!["storageSizeGB"]} GB";
            }
        );
        AssertCost(
            compiled.Dev,
            compiled.Prod,
            "Redis",
            deployment =>
            {
                JsonObject cluster = Compiled.Resources(deployment, "Microsoft.Cache/redisEnterprise").Single();
                int nodes = (string)cluster["properties"]!["highAvailability"]! == "Disabled" ? 1 : 2;
                return $"{nodes} × {((string)cluster["sku"]!["name"]!).Replace("Balanced_", "", StringComparison.Ordinal)} ";
            }
        );
        AssertCost(
            compiled.Dev,
            compiled.Prod,
            "function app, always ready",
            deployment =>
            {
                JsonNode scale = Compiled.Resources(deployment, "Microsoft.Web/sites").Single()["properties"]!["functionAppConfig"]![
                    "scaleAndConcurrency"
                ]!;
                bool isZoneRedundant =
                    (bool?)Compiled.Resources(deployment, "Microsoft.Web/serverfarms").Single()["properties"]!["zoneRedundant"] ?? false;
                // Over zones each group has two at least.
                int instances = scale["alwaysReady"]!
                    .AsArray()
                    .Sum(group => Math.Max((int)group!["instanceCount"]!, isZoneRedundant ? 2 : 1));
                // 512 MB are half a GB: https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan#instance-sizes
                double memory = (int)scale["instanceMemoryMB"]! / 1024.0;
                return $"{instances} × {memory.ToString(CultureInfo.InvariantCulture)} GB ";
            }
        );
    }

    /// <summary>The sum is that of the figures above it.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Costs_are_added_up_rightly(int column)
    {
        string[] rows =
        [
            .. Page[Page.IndexOf("## What it costs", StringComparison.Ordinal)..]
                .Split('\n')
                .SkipWhile(l => !l.StartsWith("| API Management |", StringComparison.Ordinal))
                .TakeWhile(l => !l.StartsWith("| logs |", StringComparison.Ordinal)),
        ];
        Assert.StartsWith("| **together** |", rows[^1], StringComparison.Ordinal);
        decimal[] figures = [.. rows.Select(r => Figure(r.Split('|', StringSplitOptions.TrimEntries)[column]))];
        Assert.Equal(9, figures.Length);
        Assert.Equal(figures[..^1].Sum(), figures[^1]);
    }

    private static void AssertCost(JsonObject dev, JsonObject prod, string row, Func<JsonObject, string> beginning)
    {
        string[] cells = Costs(row);
        Assert.StartsWith(beginning(dev), cells[2], StringComparison.Ordinal);
        Assert.StartsWith(beginning(prod), cells[3], StringComparison.Ordinal);
    }

    private static string[] Costs(string row) =>
        Page[Page.IndexOf("## What it costs", StringComparison.Ordinal)..]
            .Split('\n')
            .First(l => l.StartsWith($"| {row} |", StringComparison.Ordinal))
            .Split('|', StringSplitOptions.TrimEntries);

    private static decimal Figure(string cell) => decimal.Parse(cell.Split('=')[^1].Trim(' ', '*'), CultureInfo.InvariantCulture);

    private static string[] Ids(string text) => [.. Id().Matches(text).Select(m => m.Value).Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"readEnvironmentVariable\(\s*'([A-Z_]+)'|\$\{?((?:HX|AZURE)_[A-Z_]+)")]
    private static partial Regex Used();

    [GeneratedRegex(@"virtual network with (\w+) subnets \(([^)]+)\)")]
    private static partial Regex Subnets();

    [GeneratedRegex("`([A-Z_]+)`")]
    private static partial Regex Name();

    [GeneratedRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")]
    private static partial Regex Id();
}
