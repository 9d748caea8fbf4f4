using System.Net;
using System.Text.RegularExpressions;
using FsCheck.Fluent;
using HxFunctions.Cli.Serving;
using HxFunctions.Core.Routing;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.Tests.Bypass;

/// <summary>A real Kestrel with the admin routes in ASP.NET Core's routing reads targets; what it routes to one of them is closed by the
/// guard.</summary>
public partial class KestrelDifferentialTests
{
    private const int Routed = 299;

    /// <summary>Of a target, in characters: Kestrel's limit below, less the rest of the line.</summary>
    private const int MaxLength = MaxLineLength - 100;
    private const int MaxLineLength = 64 * 1024;

    [Theory]
    [InlineData("")]
    [InlineData(AdminRoutes.BasePath)]
    public async Task Target_that_Kestrel_routes_to_an_admin_route_is_closed(string pathBase)
    {
        await using WebApplication app = await StartAsync(pathBase);
        await using HxInstance hx = await Surface.StartCheckedAsync(
            StubCheck.Failing(),
            ("GUARD_ROUTES", string.Join(';', DefaultRules.Prefixes.Select(rule => rule.Route + "=thing"))),
            ("GUARD_BASE_PATH", AdminRoutes.BasePath)
        );
        using KeptAliveHttp kestrel = new(app.GetBoundAddress());
        using KeptAliveHttp guard = new(hx.Address);

        int routed = 0,
            odd = 0;
        int cases = Disguised.Cases(2_000);
        foreach (Disguised disguised in Disguised.Any.Generator.Sample(cases))
        {
            string target = disguised.Path;
            // Anything else is refused by Kestrel's parser of request lines. And what it refuses long before it has read it (encodings of
            // encodings make megabytes) resets the connection, which may overtake the answer.
            if (target.Length > MaxLength || target.AsSpan().ContainsAnyExceptInRange('!', '~'))
            {
                continue;
            }

            bool isRouted = await kestrel.HeadAsync(target) == Routed;
            int verdict = await guard.HeadAsync("/guard", $"X-Original-URI: {target}");

            Assert.True(!isRouted || AdminRoutes.IsGuarded(target), $"Routed and not guarded: {disguised}");
            // The question is understood as the matcher understands the target; one that is too long for a header is refused, and so is
            // what no client's target begins with.
            bool isTarget = Target().IsMatch(target);
            bool isExpected =
                verdict == (AdminRoutes.IsGuarded(target) ? 503 : 200)
                || (verdict == 431 && target.Length > 16 * 1024)
                || (verdict == 400 && !isTarget);
            Assert.True(isExpected, $"{verdict} for {disguised}");
            routed += isRouted ? 1 : 0;
            odd += isRouted && target != disguised.Route ? 1 : 0;
        }

        Assert.True(routed > cases * 0.15, $"{routed} of {cases} were routed");
        Assert.True(odd > cases * 0.07, $"{odd} of {cases} were routed in another spelling");
    }

    private static async Task<WebApplication> StartAsync(string pathBase)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.Limits.MaxRequestLineSize = MaxLineLength;
                kestrel.Limits.MaxRequestHeadersTotalSize = 128 * 1024;
                kestrel.Listen(IPAddress.Loopback, 0);
            });
        builder.Services.AddRouting();
        WebApplication app = builder.Build();
        if (pathBase.Length > 0)
        {
            app.UsePathBase(pathBase);
        }

        app.UseRouting();
        foreach (GuardRule rule in DefaultRules.Prefixes)
        {
            app.Map(
                rule.Route + "/{**rest}",
                context =>
                {
                    context.Response.StatusCode = Routed;
                    return Task.CompletedTask;
                }
            );
        }

        await app.StartAsync();
        return app;
    }

    [GeneratedRegex(@"\A(/|[A-Za-z][A-Za-z0-9+.-]*://)", RegexOptions.CultureInvariant)]
    private static partial Regex Target();
}
