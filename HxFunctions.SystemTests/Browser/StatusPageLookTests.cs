using HxFunctions.SystemTests.Http;
using HxFunctions.Tests.Http;
using Microsoft.Playwright;

namespace HxFunctions.SystemTests.Browser;

/// <summary>The status page as a browser shows it, in every case, light and dark, on a phone and on a screen.</summary>
public sealed class StatusPageLookTests(Chromium chromium) : IClassFixture<Chromium>
{
    /// <summary>Set to a folder, it is where the screenshots go; eng/pictures puts some of them into docs/images.</summary>
    private const string ScreenshotFolder = "HX_SCREENSHOTS";

    private static readonly Lock FingerprintLock = new();

    [Theory]
    [InlineData(StatusScenes.Healthy, "All routes are open")]
    [InlineData(StatusScenes.OneDown, "7 of 8 guarded routes are closed")]
    [InlineData(StatusScenes.Unknown, "All 8 guarded routes are closed")]
    [InlineData(StatusScenes.Hostile, "All guarded routes closed: manual override")]
    [InlineData(StatusScenes.NoHistory, "All routes are open")]
    [InlineData(StatusScenes.Week, "All routes are open")]
    [InlineData(StatusScenes.Override, "All routes open: manual override")]
    [InlineData(StatusScenes.TwoDependencies, "All routes are open")]
    public async Task Page_is_readable_and_clean_in_every_look(string name, string headline)
    {
        await using StatusScene scene = await StatusScenes.StartAsync(name);
        // A zone with half an hour, whose local times are long.
        await using WatchedPage watched = await chromium.OpenAsync(timeZone: "Asia/Kolkata");
        Uri address = new(scene.Instance.Address, "/status");
        IResponse response = await watched.GoAsync(address);

        Assert.Equal(200, response.Status);
        Assert.Equal(headline, await watched.Page.Locator("h1").InnerTextAsync());
        Assert.Equal($"{headline} · HxFunctions status", await watched.Page.TitleAsync());
        foreach (ColorScheme scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            foreach (int width in new[] { 360, 1280, 1920 })
            {
                await watched.Page.SetViewportSizeAsync(
                    width,
                    width switch
                    {
                        360 => 780,
                        1280 => 860,
                        _ => 1080,
                    }
                );
                await watched.Page.EmulateMediaAsync(new() { ColorScheme = scheme });
                Assert.Empty(await watched.BarriersAsync());
                Assert.Equal(0, await watched.OverflowAsync());
                await PictureAsync(
                    watched.Page,
                    $"status-{name.Replace(' ', '-')}-{(scheme == ColorScheme.Light ? "light" : "dark")}-{width}"
                );
            }
        }

        Assert.Empty(watched.Complaints);
        Assert.All(
            watched.Requests,
            url => Assert.True(url == address.ToString() || url.StartsWith("data:", StringComparison.Ordinal), url)
        );
        Assert.Empty(await watched.Page.Context.CookiesAsync());
    }

    /// <summary>
    /// On a screen of 55 inches with 1920 pixels across (1.22 m), 32 pixels of type have capitals of about 15 mm. From three metres that is
    /// 17 minutes of arc; NUREG-0700 (revision 2, 1.3.1-4), which follows ISO 9241, asks for 16 at least.
    /// </summary>
    [Theory]
    [InlineData(StatusScenes.Healthy)]
    [InlineData(StatusScenes.OneDown)]
    [InlineData(StatusScenes.Unknown)]
    [InlineData(StatusScenes.Hostile)]
    [InlineData(StatusScenes.Override)]
    [InlineData(StatusScenes.TwoDependencies)]
    public async Task Wall_view_fits_the_screen_and_is_large(string name)
    {
        await using StatusScene scene = await StatusScenes.StartAsync(name);
        await using WatchedPage watched = await chromium.OpenAsync(timeZone: "Asia/Kolkata");
        await watched.Page.SetViewportSizeAsync(1920, 1080);
        await watched.GoAsync(new(scene.Instance.Address, "/status?view=wall"));
        foreach (ColorScheme scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await watched.Page.EmulateMediaAsync(new() { ColorScheme = scheme });
            Assert.Empty(await watched.BarriersAsync());
            await AssertFitsAsync(watched);
            // An operator may say more than there is room for; everything else is there in full.
            Assert.True(
                name == StatusScenes.Hostile || await watched.ShortenedAsync() is [],
                string.Join('\n', await watched.ShortenedAsync())
            );
            await PictureAsync(watched.Page, $"wall-{name.Replace(' ', '-')}-{(scheme == ColorScheme.Light ? "light" : "dark")}-1920");
        }

        double smallest = await watched.Page.EvaluateAsync<double>(
            """
            () => Math.min(...[...document.body.querySelectorAll('*')]
              .filter(e => e.getClientRects().length > 0 && [...e.childNodes].some(n => n.nodeType === 3 && n.nodeValue.trim()))
              .map(e => parseFloat(getComputedStyle(e).fontSize)))
            """
        );
        Assert.InRange(smallest, 31.9, 33);
        Assert.Empty(watched.Complaints);
    }

    [Theory]
    [InlineData(3840, 2160, 14)]
    [InlineData(1366, 768, 14)]
    [InlineData(1920, 900, 14)]
    [InlineData(1920, 1080, 8)]
    [InlineData(1920, 1080, 5)]
    public async Task Wall_view_fits_other_screens_and_many_dependencies(int width, int height, int dependencies)
    {
        string[] names = [.. Enumerable.Range(1, dependencies - StatusScene.Ours.Length).Select(i => $"recommender-{i}")];
        await using StatusScene scene = await StatusScene.StartAsync(
            past => past.KnowAsync("postgres", Core.Dependencies.DependencyStatus.Fail, "connection_refused", 60_000),
            foreign: names
        );
        await using WatchedPage watched = await chromium.OpenAsync();
        await watched.Page.SetViewportSizeAsync(width, height);
        await watched.GoAsync(new(scene.Instance.Address, "/status?view=wall"));

        Assert.Equal(Math.Min(12, dependencies), await watched.Page.Locator("li.card").CountAsync());
        Assert.Empty(await watched.ShortenedAsync());
        await AssertFitsAsync(watched);
        await PictureAsync(watched.Page, $"wall-{dependencies}-{width}");
    }

    private static async Task AssertFitsAsync(WatchedPage watched)
    {
        Assert.Equal((0, 0), (await watched.OverflowAsync(), await watched.OverflowBelowAsync()));
        Assert.Empty(await watched.CutOffAsync());
    }

    private static async Task PictureAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable(ScreenshotFolder) is not { Length: > 0 } folder)
        {
            return;
        }

        await page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png") });
        // Each writes the same; a file that is being written can't be written a second time.
        lock (FingerprintLock)
        {
            File.WriteAllText(Path.Combine(folder, "page.sha256"), StatusFingerprint.Now());
        }
    }
}
