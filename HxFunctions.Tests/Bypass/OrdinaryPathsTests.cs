using HxFunctions.Core.Routing;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;

namespace HxFunctions.Tests.Bypass;

/// <summary>Model, UI, static and health paths stay open while everything that guarded routes need is down: <c>ordinary-paths.txt</c> has
/// two hundred.</summary>
public class OrdinaryPathsTests
{
    [Fact]
    public async Task Ordinary_paths_are_never_closed()
    {
        string[] paths =
        [
            .. File.ReadLines(Path.Combine(Repository.Root, "HxFunctions.Tests", "Bypass", "ordinary-paths.txt"))
                .Where(line => line.StartsWith('/')),
        ];
        Assert.True(paths.Length >= 200, $"{paths.Length}");
        await using HxInstance hx = await Surface.StartCheckedAsync(
            StubCheck.Failing(),
            ("GUARD_ROUTES", string.Join(';', DefaultRules.Prefixes.Select(rule => rule.Route + "=thing"))),
            ("GUARD_BASE_PATH", AdminRoutes.BasePath)
        );
        using KeptAliveHttp guard = new(hx.Address);

        List<string> closed = [];
        foreach (string path in paths)
        {
            foreach (string family in new[] { "Original", "Forwarded" })
            {
                foreach (string prefix in new[] { "", AdminRoutes.BasePath })
                {
                    if (await guard.HeadAsync("/guard", $"X-{family}-Uri: {prefix}{path}", $"X-{family}-Method: POST") != 200)
                    {
                        closed.Add($"{family} {prefix}{path}");
                    }
                }
            }

            if (await guard.HeadAsync($"/guard/check{path}") != 200)
            {
                closed.Add($"check {path}");
            }

            if (await guard.HeadAsync($"/guard?path={Uri.EscapeDataString(path)}") != 200)
            {
                closed.Add($"query {path}");
            }
        }

        Assert.Empty(closed);
        // And what isn't ordinary is closed here.
        Assert.Equal(503, await guard.HeadAsync("/guard", "X-Original-URI: /key/generate"));
    }
}
