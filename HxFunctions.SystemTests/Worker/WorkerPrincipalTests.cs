using HxFunctions.Core.Configuration;
using HxFunctions.Core.Http;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Gateways;
using HxFunctions.SystemTests.Gateways.Apim;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.SystemTests.Worker;

/// <summary>The guard asked by an identity instead of a key: the levels that the real worker tells the host, and whom it answers then.
/// The played host checks no keys, as the real one doesn't where the level is anonymous.</summary>
public sealed class WorkerPrincipalTests
{
    private const string Gateway = "0a0b0c0d-0000-4000-8000-00000000abcd";
    private const string Question = "/guard?path=/v1/models&method=GET";
    private const string NoEffect = "Configuration: GUARD_PRINCIPALS has no effect: App Service authentication is off";

    /// <summary>Anonymous needs both: a list, and the platform's authentication before the app.</summary>
    [Theory]
    [InlineData(null, null, "Function", false)]
    [InlineData(null, "True", "Function", false)]
    [InlineData(Gateway, null, "Function", true)]
    [InlineData(Gateway, "False", "Function", true)]
    [InlineData(Gateway, "True", "Anonymous", false)]
    [InlineData("not-an-id", "True", "Function", false)]
    public async Task Guard_is_anonymous_to_the_host_only_behind_the_platforms_authentication(
        string? principals,
        string? authentication,
        string level,
        bool warns
    )
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using PlayedHost host = await StartAsync(qdrant, principals, authentication);

        Assert.Equal(
            Endpoints.All.Select(e => (e.Name, e == Endpoints.Guard ? level : e.Level.ToString())).Order(),
            host.Functions.Where(f => f.Level is not null).Select(f => (f.Name, f.Level!)).Order()
        );
        await host.Log.UntilAsync(line =>
            line.Text.Contains("Guard in mode enforce", StringComparison.Ordinal)
            || line.Text.Contains(Variables.GuardPrincipals, StringComparison.Ordinal)
        );
        // Then all that it wrote has been read.
        await host.TerminateAsync();
        Assert.Equal(0, await host.Process.Ended.WaitAsync(PlayedHost.Patience));
        Assert.Equal(
            warns ? ["Warning"] : [],
            host.Log.Kept.Where(line => line.Text.Contains(NoEffect, StringComparison.Ordinal)).Select(line => line.Level)
        );
    }

    [Fact]
    public async Task Guard_without_a_key_answers_those_who_are_named_and_401_to_all_others()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using PlayedHost host = await StartAsync(qdrant, $"{Gateway}, 0a0b0c0d-0000-4000-8000-00000000ef01", "True");

        (string Name, string Value)[][] refused =
        [
            [],
            [("x-functions-key", "made-up-function-key")],
            [(PrincipalAccess.Header, "")],
            [(PrincipalAccess.Header, "0a0b0c0d-0000-4000-8000-000000000000")],
            [(PrincipalAccess.Header, $"{Gateway},0a0b0c0d-0000-4000-8000-00000000ef01")],
            [("X-MS-CLIENT-PRINCIPAL-NAME", Gateway), ("X-MS-CLIENT-PRINCIPAL", Gateway)],
        ];
        foreach ((string Name, string Value)[] headers in refused)
        {
            foreach (string method in (string[])["GET", "HEAD"])
            {
                WorkerAnswer answer = await host.SendAsync(method, Question, null, headers);
                Assert.Equal((401, ""), (answer.Status, answer.Body));
                Assert.True(answer.Succeeded, $"{answer.Result}");
                Assert.Equal(("no-store", "nosniff"), (answer.Headers["Cache-Control"], answer.Headers["X-Content-Type-Options"]));
                Assert.DoesNotContain("x-hx-verdict", answer.Headers.Keys);
            }
        }

        foreach (string named in (string[])[Gateway, Gateway.ToUpperInvariant(), "0a0b0c0d-0000-4000-8000-00000000ef01"])
        {
            WorkerAnswer answer = await host.GetAsync(Question, (PrincipalAccess.Header, named));
            Assert.Equal((200, "open"), (answer.Status, answer.Headers["x-hx-verdict"]));
        }
    }

    /// <summary>They have their keys, which the host has checked before the app is asked.</summary>
    [Fact]
    public async Task Other_functions_look_at_no_identity()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using PlayedHost host = await StartAsync(qdrant, Gateway, "True");

        Assert.Equal(200, (await host.GetAsync("/guard/check/v1/models")).Status);
        Assert.Equal(200, (await host.GetAsync("/override")).Status);
        Assert.Equal(200, (await host.GetAsync("/healthz/live")).Status);
    }

    /// <summary>The level is that of the key, so the host has checked one.</summary>
    [Fact]
    public async Task Guard_with_a_key_answers_whoever_the_host_let_through()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using PlayedHost host = await StartAsync(qdrant, Gateway, null);

        Assert.Equal("Function", host.Functions.Single(f => f.Name == nameof(Endpoints.Guard)).Level);
        Assert.Equal(200, (await host.GetAsync(Question)).Status);
    }

    /// <summary>API Management's policy, what stands for App Service authentication, and the app in the real worker.</summary>
    [Fact]
    public async Task Policy_is_answered_for_its_identity_alone()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using PlayedHost host = await StartAsync(qdrant, Gateway, "True");
        await host.UntilAsync("/guard/check/v1/keys", 200);
        await using StandInServer service = await StandInServer.StartAsync();
        foreach (string variant in PolicyVariant.Names.Where(name => PolicyVariant.Parse(name).HasIdentity))
        {
            foreach ((string caller, int status) in ((string, int)[])[(Gateway, 200), ("0a0b0c0d-0000-4000-8000-000000000000", 503)])
            {
                service.Answer = AppServiceBefore(host, caller);
                using PolicyGateway gateway = PolicyFixture.Gateway(variant, service.Url, "open");
                Assert.Equal((variant, status), (variant, (await gateway.SendAsync("POST", "/v1/keys")).Status));
                PolicyFixture.AssertAskedAbout(variant, "/v1/keys", "POST", Assert.Single(gateway.Callouts));
            }
        }
    }

    /// <summary>401 without the token; else on to the app, with the id of the token's owner in place of what a caller says.</summary>
    private static RequestDelegate AppServiceBefore(PlayedHost host, string caller) =>
        async context =>
        {
            IHeaderDictionary headers = context.Request.Headers;
            if (headers.Authorization != $"Bearer {PolicyFixture.Token}")
            {
                context.Response.StatusCode = 401;
                return;
            }

            headers[PrincipalAccess.Header] = caller;
            headers.Remove("Host");
            WorkerAnswer answer = await host.GetAsync(
                context.Request.Path,
                [.. headers.Select(header => (header.Key, header.Value.ToString()))]
            );
            context.Response.StatusCode = answer.Status;
            await context.Response.WriteAsync(answer.Body);
        };

    private static Task<PlayedHost> StartAsync(QdrantSimulator qdrant, string? principals, string? authentication) =>
        PlayedHost.StartAsync(
            WorkerSettings.With(qdrant, (Variables.GuardPrincipals, principals), ("WEBSITE_AUTH_ENABLED", authentication))
        );
}
