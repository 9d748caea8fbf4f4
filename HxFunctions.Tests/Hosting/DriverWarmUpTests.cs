using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Hosting;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Tests.Hosting;

[Collection(AloneCollection.Name)]
public class DriverWarmUpTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("s", "sslmode=require")]
    public async Task Warm_up_asks_no_configured_server_and_ends_in_time(string tls, string postgres)
    {
        using TcpListener server = new(IPAddress.Loopback, 0);
        server.Start();
        int port = ((IPEndPoint)server.LocalEndpoint).Port;
        Dictionary<string, string?> variables = new()
        {
            ["PG_URL"] = $"postgresql://u:p@127.0.0.1:{port}/x?{postgres}",
            ["REDIS_URL"] = $"redis{tls}://127.0.0.1:{port}",
            ["QDRANT_URL"] = $"http{tls}://127.0.0.1:{port}",
            ["DEPENDENCIES"] = $"thing=http{tls}://127.0.0.1:{port}",
        };
        HxSettings settings = HxSettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(variables).Build());
        Assert.Empty(settings.Problems);

        long since = Stopwatch.GetTimestamp();
        await DriverWarmUp.Begin(settings);
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(12));
        Assert.False(server.Pending());
        string[] loaded = [.. AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetName().Name!)];
        Assert.Contains("Npgsql", loaded);
        Assert.Contains("StackExchange.Redis", loaded);
        Assert.Contains("System.Net.Http", loaded);
    }

    [Fact]
    public void Warm_up_of_nothing_ends_at_once()
    {
        Assert.True(DriverWarmUp.Begin(new HxSettings()).IsCompletedSuccessfully);
    }
}
