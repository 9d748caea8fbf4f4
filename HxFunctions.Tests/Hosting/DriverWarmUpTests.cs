using System.Net;
using System.Net.Sockets;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Hosting;
using HxFunctions.Tests.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Hosting;

/// <summary>By <see cref="DriverWarmUp.WarmAsync"/>: <see cref="DriverWarmUp.Begin(HxSettings)"/> warms each driver once per
/// process.</summary>
[Collection(AloneCollection.Name)]
public class DriverWarmUpTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("", "sslmode=disable")]
    [InlineData("s", "sslmode=require")]
    public async Task Warm_up_asks_its_own_server_and_no_configured_one(string tls, string postgres)
    {
        using TcpListener configured = new(IPAddress.Loopback, 0);
        configured.Start();
        DriverKind[] kinds = [.. DriverWarmUp.KindsOf(Settings(tls, postgres, ((IPEndPoint)configured.LocalEndpoint).Port))];
        Assert.Equal([Variables.PgUrl, Variables.RedisUrl, Variables.QdrantUrl], kinds.Select(kind => kind.Variable));

        foreach (DriverKind kind in kinds)
        {
            using StandIn server = kind.Start();
            FakeTimeProvider time = new();
            await DriverWarmUp.WarmAsync(kind with { Start = () => server }, time).WaitAsync(Patience);
            int answered = server.Accepted;
            Assert.True(answered > 0, $"{kind.Variable}: nobody asked the server on loopback");

            Assert.Equal(tls.Length > 0, kind.SecureUrl is not null);
            if (kind.SecureUrl is not null)
            {
                // It doesn't know TLS: the driver fails at it.
                time.Advance(DriverWarmUp.FailuresAfter);
                await Eventually.TrueAsync(() => server.Accepted > answered);
            }
        }

        Assert.False(configured.Pending());
    }

    /// <summary>A server that a driver can't talk to would warm the failures only.</summary>
    [Fact]
    public async Task Driver_takes_what_its_server_answers_for_a_healthy_one()
    {
        foreach (DriverKind kind in DriverWarmUp.KindsOf(Settings("", "sslmode=disable", port: 1)))
        {
            using StandIn server = kind.Start();

            ProbeReport report = Assert.Single(
                await ProbeNow.AllAsync(DriverWarmUp.SettingsOf(kind.Variable, kind.Url, $"127.0.0.1:{server.Port}"))
            );

            Assert.True(
                report.Outcome.Status == DependencyStatus.Pass,
                $"{kind.Variable} {report.Outcome.Reason}: {string.Join("; ", report.Steps)}"
            );
        }
    }

    [Fact]
    public void Warm_up_of_nothing_ends_at_once()
    {
        Assert.True(DriverWarmUp.Begin(new HxSettings()).IsCompletedSuccessfully);
    }

    private static HxSettings Settings(string tls, string postgres, int port)
    {
        Dictionary<string, string?> variables = new()
        {
            ["PG_URL"] = $"postgresql://u:p@127.0.0.1:{port}/x?{postgres}",
            ["REDIS_URL"] = $"redis{tls}://127.0.0.1:{port}",
            ["QDRANT_URL"] = $"http{tls}://127.0.0.1:{port}",
            ["DEPENDENCIES"] = $"thing=http{tls}://127.0.0.1:{port}",
        };
        HxSettings settings = HxSettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(variables).Build());
        Assert.Empty(settings.Problems);
        return settings;
    }
}
