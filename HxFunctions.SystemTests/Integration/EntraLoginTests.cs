using System.Text.RegularExpressions;
using Azure.Core;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Telemetry;
using HxFunctions.Servers;
using HxFunctions.Tests.Dependencies;
using HxFunctions.Tests.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.SystemTests.Integration;

/// <summary>Tokens as passwords, with real servers that take those passwords and no others.</summary>
public sealed partial class EntraLoginTests
{
    private const string One = "token-one-of-tests";
    private const string Two = "token-two-of-tests";
    private const string User = "object-id";

    [Fact]
    public async Task Postgres_gets_the_token_and_at_the_next_login_the_renewed_one()
    {
        await using PostgresServer server = await PostgresServer.StartAsync(new() { Password = One });
        await using Rig rig = Rig.Postgres(server.Port);
        await rig.BecomesAsync(Reasons.Ok);
        Assert.Equal(EntraTokens.PostgresScope, rig.Credential.LastScope);

        await server.AdminAsync($"ALTER ROLE hx PASSWORD '{Two}'");
        rig.Credential.Token = Two;
        // Past the renewal, and past the time after which idle connections are closed: the next probe logs in.
        rig.Time.Advance(TimeSpan.FromMinutes(57));
        await Eventually.TrueAsync(() => rig.Credential.Calls == 2);
        await rig.BecomesAsync(Reasons.Ok);
        rig.LeaksNothing();
    }

    [Fact]
    public async Task Redis_gets_the_token_and_again_on_the_connection_that_is_open()
    {
        await using RedisServer server = await StartRedisAsync();
        await using Rig rig = Rig.Redis(server.Port);
        await rig.BecomesAsync(Reasons.Ok);
        Assert.Equal(EntraTokens.RedisScope, rig.Credential.LastScope);
        Assert.Contains($"user={User}", await server.CommandAsync("CLIENT", "LIST"), StringComparison.Ordinal);

        // No probe in between: an instance that only reads must log in again, too.
        long before = Auths(await server.CommandAsync("INFO", "commandstats"));
        rig.Credential.Token = Two;
        rig.Time.Advance(TimeSpan.FromMinutes(57));
        long after = before;
        for (int i = 0; i < 400 && after == before; i++)
        {
            await Task.Delay(50);
            after = Auths(await server.CommandAsync("INFO", "commandstats"));
        }

        Assert.True(after > before, "The open connection did not log in again.");
        rig.LeaksNothing();
    }

    [Fact]
    public async Task Redis_connects_again_with_the_renewed_token()
    {
        await using RedisServer server = await StartRedisAsync();
        await using Rig rig = Rig.Redis(server.Port);
        await rig.BecomesAsync(Reasons.Ok);
        rig.Credential.Token = Two;
        rig.Time.Advance(TimeSpan.FromMinutes(57));
        await Eventually.TrueAsync(() => rig.Credential.Calls == 2);

        await server.CommandAsync("ACL", "SETUSER", User, $"<{One}");
        await server.CommandAsync("CLIENT", "KILL", "USER", User);
        await rig.BecomesAsync(Reasons.Ok);
        Assert.Contains($"user={User}", await server.CommandAsync("CLIENT", "LIST"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DependencyName.Postgres)]
    [InlineData(DependencyName.Redis)]
    public async Task Wrong_token_and_failing_credential_are_authentication_failed_and_it_recovers(string dependency)
    {
        await using PostgresServer? postgres =
            dependency == DependencyName.Postgres ? await PostgresServer.StartAsync(new() { Password = One }) : null;
        await using RedisServer? redis = dependency == DependencyName.Redis ? await StartRedisAsync() : null;
        await using Rig rig = postgres is not null ? Rig.Postgres(postgres.Port) : Rig.Redis(redis!.Port);

        rig.Credential.Failure = new InvalidOperationException($"{One} {Two} https://login.example.org/tenant");
        await rig.BecomesAsync(Reasons.AuthenticationFailed);
        (rig.Credential.Failure, rig.Credential.Token) = (null, "token-three-of-tests");
        await rig.BecomesAsync(Reasons.AuthenticationFailed);
        rig.Credential.Token = One;
        rig.Time.Advance(TimeSpan.FromMinutes(57));
        await Eventually.TrueAsync(() => rig.Credential.Calls >= 3);
        await rig.BecomesAsync(Reasons.Ok);
        // The failure's own text was never a token of ours; hosts are taken out of it all the same.
        Assert.DoesNotContain("login.example.org", rig.Logs, StringComparison.Ordinal);
        Assert.DoesNotContain("token-three-of-tests", rig.Logs, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DependencyName.Postgres)]
    [InlineData(DependencyName.Redis)]
    public async Task Hanging_credential_is_a_timeout_on_time_and_leaves_no_connection_behind(string dependency)
    {
        await using PostgresServer? postgres =
            dependency == DependencyName.Postgres ? await PostgresServer.StartAsync(new() { Password = One }) : null;
        await using RedisServer? redis = dependency == DependencyName.Redis ? await StartRedisAsync() : null;
        await using Rig rig = postgres is not null ? Rig.Postgres(postgres.Port, 0.5) : Rig.Redis(redis!.Port, 0.5);
        rig.Credential.Hangs = true;

        ProbeOutcome outcome = await rig.ProbeAsync();
        Assert.Equal((DependencyStatus.Fail, Reasons.Timeout), (outcome.Status, outcome.Reason));
        Assert.True(outcome.Latency < TimeSpan.FromSeconds(3));
        if (postgres is not null)
        {
            Assert.Equal(0L, await postgres.AdminAsync("SELECT count(*) FROM pg_stat_activity WHERE usename = 'hx'"));
        }

        rig.Credential.Hangs = false;
        rig.Time.Advance(EntraTokens.FetchTimeout);
        await rig.BecomesAsync(Reasons.Ok);
    }

    private static Task<RedisServer> StartRedisAsync() =>
        RedisServer.StartAsync(new() { Arguments = ["--user", User, "on", $">{One}", $">{Two}", "~*", "&*", "+@all"] });

    private static long Auths(string statistics) =>
        long.TryParse(AuthCalls().Match(statistics).Groups[1].Value, out long calls) ? calls : 0;

    [GeneratedRegex(@"cmdstat_auth:calls=(\d+)")]
    private static partial Regex AuthCalls();

    private sealed class Rig : IAsyncDisposable
    {
        private readonly ServiceProvider _services;
        private readonly DependencyProbe _probe;

        private Rig(string dependency, double timeout, Dictionary<string, string?> variables)
        {
            string seconds = timeout.ToString(System.Globalization.CultureInfo.InvariantCulture);
            variables[Variables.PgTimeout] = variables[Variables.RedisTimeout] = seconds;
            variables[Variables.EnableDbGuard] = "false";
            Credential = new(Time) { Token = One };
            _services = new ServiceCollection()
                .AddLogging(l => l.SetMinimumLevel(LogLevel.Trace))
                .AddFakeLogging()
                .AddSingleton<TimeProvider>(Time)
                .AddSingleton<TokenCredential>(Credential)
                .AddHxFunctions(new ConfigurationBuilder().AddInMemoryCollection(variables).Build())
                .BuildServiceProvider();
            Assert.Empty(_services.GetRequiredService<HxSettings>().Problems);
            // The deadline is a real one: the servers are.
            _probe = new(
                _services.GetRequiredService<DependencySet>().Find(dependency)!,
                _services.GetRequiredService<IServiceScopeFactory>(),
                TimeProvider.System,
                TaskScheduler.Default,
                _services.GetRequiredService<Redactor>(),
                _services.GetRequiredService<HxMeter>(),
                _services.GetRequiredService<ILogger<DependencyProbe>>()
            );
        }

        public FakeTimeProvider Time { get; } = new(DateTimeOffset.UtcNow);

        public FakeCredential Credential { get; }

        public string Logs => string.Join('\n', _services.GetFakeLogCollector().GetSnapshot().Select(l => $"{l.Message} {l.Exception}"));

        public static Rig Postgres(int port, double timeout = 3) =>
            new(
                DependencyName.Postgres,
                timeout,
                new() { [Variables.PgUrl] = $"postgresql://hx@127.0.0.1:{port}/hx", [Variables.PgAuth] = "entra" }
            );

        public static Rig Redis(int port, double timeout = 3) =>
            new(
                DependencyName.Redis,
                timeout,
                new() { [Variables.RedisUrl] = $"redis://{User}@127.0.0.1:{port}", [Variables.RedisAuth] = "entra" }
            );

        public Task<ProbeOutcome> ProbeAsync() => _probe.ProbeAsync(TimeSpan.FromMinutes(1));

        public async Task BecomesAsync(string reason)
        {
            ProbeOutcome outcome = await ProbeAsync();
            for (int i = 0; i < 100 && outcome.Reason != reason; i++)
            {
                await Task.Delay(100);
                outcome = await ProbeAsync();
            }

            Assert.True(outcome.Reason == reason, $"It is {outcome.Reason}, not {reason}. {Logs.Split((char)10)[^1]}");
        }

        public void LeaksNothing()
        {
            Assert.DoesNotContain(One, Logs, StringComparison.Ordinal);
            Assert.DoesNotContain(Two, Logs, StringComparison.Ordinal);
        }

        public ValueTask DisposeAsync() => _services.DisposeAsync();
    }
}
