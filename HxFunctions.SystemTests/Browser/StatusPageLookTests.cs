using HxFunctions.SystemTests.Http;
using Microsoft.Playwright;

namespace HxFunctions.SystemTests.Browser;

/// <summary>The status page as a browser shows it, in every case, light and dark, on a phone and on a screen.</summary>
public sealed class StatusPageLookTests(Chromium chromium) : IClassFixture<Chromium>
{
    /// <summary>Set to a folder, it is where the screenshots go; those in docs/images are some of them.</summary>
    private const string ScreenshotFolder = "HX_SCREENSHOTS";

    [Theory]
    [InlineData(StatusScenes.Healthy, "All routes are open")]
    [InlineData(StatusScenes.OneDown, "7 of 8 guarded routes are closed")]
    [InlineData(StatusScenes.Unknown, "All 8 guarded routes are closed")]
    [InlineData(StatusScenes.Hostile, "All guarded routes closed: manual override")]
    [InlineData(StatusScenes.NoHistory, "All routes are open")]
    [InlineData(StatusScenes.Week, "All routes are open")]
    public async Task Page_is_readable_and_clean_in_every_look(string name, string headline)
    {
        await using StatusScene scene = await StatusScenes.StartAsync(name);
        await using WatchedPage watched = await chromium.OpenAsync();
        Uri address = new(scene.Instance.Address, "/status");
        IResponse response = await watched.GoAsync(address);

        Assert.Equal(200, response.Status);
        Assert.Equal(headline, await watched.Page.Locator("h1").InnerTextAsync());
        Assert.Equal($"{headline} · HxFunctions", await watched.Page.TitleAsync());
        foreach (ColorScheme scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            foreach (int width in new[] { 360, 1280 })
            {
                await watched.Page.SetViewportSizeAsync(width, width == 360 ? 780 : 860);
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

    private static async Task PictureAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable(ScreenshotFolder) is not { Length: > 0 } folder)
        {
            return;
        }

        await page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png") });
    }
}
