using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.SystemTests.Gateways.Apim;

/// <summary>Two real guards, one open and one closed, and one that answers as told, for policies to ask. The real ones need a key, or a
/// token where App Service authentication stands before them, or what stands for it here.</summary>
public sealed class PolicyFixture : IAsyncLifetime
{
    public const string Key = "made-up-function-key";
    public const string Token = "made-up.access.token";
    public const int RateLimit = 600;
    public const string Resource = "00000000-0000-0000-0000-00000000000a";

    private readonly HttpClient _client = new();

    internal HxInstance Open { get; private set; } = null!;

    internal HxInstance Closed { get; private set; } = null!;

    internal StandInServer StandIn { get; private set; } = null!;

    internal StandInServer OpenBehindAuthentication { get; private set; } = null!;

    internal StandInServer ClosedBehindAuthentication { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        const string Routes = "/v1/keys=thing;/key=thing";
        Open = await Surface.StartCheckedAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys), ("GUARD_ROUTES", Routes));
        Closed = await Surface.StartCheckedAsync(StubCheck.Failing(), ("WRAPPER_KEYS", Surface.Keys), ("GUARD_ROUTES", Routes));
        StandIn = await StandInServer.StartAsync();
        OpenBehindAuthentication = await AuthenticationAsync(Open);
        ClosedBehindAuthentication = await AuthenticationAsync(Closed);
    }

    public async Task DisposeAsync()
    {
        await Open.DisposeAsync();
        await Closed.DisposeAsync();
        await StandIn.DisposeAsync();
        await OpenBehindAuthentication.DisposeAsync();
        await ClosedBehindAuthentication.DisposeAsync();
        _client.Dispose();
    }

    internal static string UrlOf(HxInstance hx) => hx.Address.ToString().TrimEnd('/');

    /// <summary>Where the variant finds the open or the closed guard.</summary>
    internal string UrlFor(string variant, bool open) =>
        PolicyVariant.Parse(variant).HasIdentity
            ? (open ? OpenBehindAuthentication : ClosedBehindAuthentication).Url
            : UrlOf(open ? Open : Closed);

    internal static PolicyGateway Gateway(
        string variant,
        string url,
        string onUnreachable = "closed",
        string key = Key,
        TimeProvider? time = null
    )
    {
        PolicyVariant parsed = PolicyVariant.Parse(variant);
        Dictionary<string, string> values = new()
        {
            ["hx-guard-url"] = url,
            ["hx-guard-on-unreachable"] = onUnreachable,
            ["hx-rate-limit"] = $"{RateLimit}",
        };
        // The other isn't there: a policy that names it fails.
        if (parsed.HasIdentity)
        {
            values["hx-guard-resource"] = Resource;
        }
        else
        {
            values["hx-guard-key"] = key;
        }

        PolicyGateway gateway = PolicyGateway.Load(parsed, values, time ?? new FakeTimeProvider());
        gateway.Token = Token;
        return gateway;
    }

    /// <summary>The guard was asked with these headers and no other: nothing of the caller's is among them.</summary>
    internal static void AssertAskedAbout(
        string variant,
        string target,
        string method,
        PolicyMessage question,
        string key = Key,
        string token = Token
    )
    {
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase)
        {
            ["X-Original-URI"] = target,
            ["X-Original-Method"] = method,
        };
        if (PolicyVariant.Parse(variant).HasIdentity)
        {
            headers["Authorization"] = $"Bearer {token}";
        }
        else
        {
            headers["x-functions-key"] = key;
        }

        Assert.Equal("GET", question.Method);
        Assert.Equal(headers, question.Headers);
    }

    /// <summary>
    /// App Service authentication as it is documented, as far as it shows: 401 without a token that is valid here, else on to the app with
    /// all headers. Behind it the app asks for no key: here it gets one that the policy doesn't know. The real app: WorkerPrincipalTests.
    /// </summary>
    private async Task<StandInServer> AuthenticationAsync(HxInstance app)
    {
        StandInServer server = await StandInServer.StartAsync();
        server.Answer = async context =>
        {
            if (context.Request.Headers.Authorization != $"Bearer {Token}")
            {
                context.Response.StatusCode = 401;
                return;
            }

            using HttpRequestMessage request = new(new(context.Request.Method), UrlOf(app) + context.Request.Path);
            foreach (string name in new[] { "X-Original-URI", "X-Original-Method" })
            {
                request.Headers.TryAddWithoutValidation(name, context.Request.Headers[name].ToArray());
            }

            request.Headers.Add("x-functions-key", Key);

            using HttpResponseMessage answer = await _client.SendAsync(request, context.RequestAborted);
            context.Response.StatusCode = (int)answer.StatusCode;
            await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        };
        return server;
    }
}
