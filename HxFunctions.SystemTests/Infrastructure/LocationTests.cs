using System.Text.Json.Nodes;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>A region of its own for one service, where everything else stays in the resource group's.</summary>
public class LocationTests
{
    private const string Group = "westeurope";

    /// <summary>Each variable, a region that is nobody else's, and the types that it moves.</summary>
    private static readonly Dictionary<string, (string Region, string[] Types)> Services = new()
    {
        ["HX_POSTGRES_LOCATION"] = ("swedencentral", ["Microsoft.DBforPostgreSQL/flexibleServers"]),
        ["HX_REDIS_LOCATION"] = ("northeurope", ["Microsoft.Cache/redisEnterprise"]),
        ["HX_GATEWAY_LOCATION"] = ("francecentral", ["Microsoft.ApiManagement/service"]),
    };

    /// <summary>By resource, of type and name.</summary>
    private static readonly Lazy<Task<Dictionary<string, string>>> Without = new(() => LocationsAsync([]));

    public static TheoryData<string, bool> Variables
    {
        get
        {
            TheoryData<string, bool> cases = [];
            foreach (string variable in Services.Keys)
            {
                cases.Add(variable, false);
            }

            cases.Add("all", false);
            // A production network's endpoints stay with the network, wherever the servers are.
            cases.Add("HX_POSTGRES_LOCATION", true);
            cases.Add("HX_REDIS_LOCATION", true);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Variables))]
    public async Task Service_moves_and_nothing_else_does(string variable, bool isProd)
    {
        string[] set = variable == "all" ? [.. Services.Keys] : [variable];
        Dictionary<string, string> environment = set.ToDictionary(name => name, name => Services[name].Region);
        Dictionary<string, string> locations = await LocationsAsync(isProd ? new(environment) { ["HX_PROFILE"] = "prod" } : environment);
        foreach ((string resource, string location) in locations)
        {
            string? own = set.FirstOrDefault(name => Services[name].Types.Contains(resource.Split(' ')[0]));
            Assert.Equal(own is null ? Group : Services[own].Region, location);
        }

        // Nobody has looked at an empty list.
        Assert.All(
            set,
            name => Assert.Contains(locations.Keys, r => r.StartsWith($"{Services[name].Types[0]} ", StringComparison.Ordinal))
        );
        Assert.True(locations.Count > 8, $"{locations.Count}");
    }

    [Fact]
    public async Task Every_service_is_in_the_groups_region_unless_somebody_says_otherwise()
    {
        Dictionary<string, string> locations = await Without.Value;
        Assert.All(locations, l => Assert.Equal(Group, l.Value));
        // Names don't depend on it: a service that moves is the same service's deployment.
        Dictionary<string, string> moved = await LocationsAsync(Services.ToDictionary(s => s.Key, s => s.Value.Region));
        Assert.Equal(locations.Keys.Order(StringComparer.Ordinal), moved.Keys.Order(StringComparer.Ordinal));
    }

    /// <summary>One that is not in this file's list would be believed without a look.</summary>
    [Fact]
    public void Variables_are_all_that_the_parameter_file_has()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "infra", "main.bicepparam"));
        IEnumerable<string> read = text.Split("readEnvironmentVariable('")[1..]
            .Select(part => part[..part.IndexOf('\'', StringComparison.Ordinal)])
            .Where(name => name.EndsWith("_LOCATION", StringComparison.Ordinal));
        Assert.Equal(Services.Keys.Order(StringComparer.Ordinal), read.Order(StringComparer.Ordinal));
    }

    private static async Task<Dictionary<string, string>> LocationsAsync(Dictionary<string, string> environment)
    {
        string folder = Directory.CreateTempSubdirectory("hx-locations-").FullName;
        try
        {
            Compiled.CopyTo(folder);
            JsonObject deployment = await Compiled.SnapshotAsync(
                folder,
                "main",
                new Dictionary<string, string>(environment) { ["HX_PUBLISHER_EMAIL"] = "platform@example.org" }
            );
            // Zones of private DNS and the like are nowhere: "global".
            return deployment["predictedResources"]!
                .AsArray()
                .Where(r => r!["location"] is { } location && (string)location! != "global")
                .ToDictionary(r => $"{(string)r!["type"]!} {(string)r["name"]!}", r => (string)r!["location"]!);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
