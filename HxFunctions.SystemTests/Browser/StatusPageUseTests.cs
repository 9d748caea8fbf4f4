using HxFunctions.Core.Snapshots;
using HxFunctions.SystemTests.Http;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace HxFunctions.SystemTests.Browser;

/// <summary>What the status page does while someone looks at it.</summary>
public sealed class StatusPageUseTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Key = "made-up-function-key";
    private const string Closed = "All guarded routes closed: manual override";

    /// <summary>The script's pace, and a little.</summary>
    private const long Tick = 11_000;

    [Fact]
    public async Task Script_renews_in_place_and_leaves_the_reader_where_he_is()
    {
        await using StatusScene scene = await StatusScenes.StartAsync(StatusScenes.Week);
        await using WatchedPage watched = await chromium.OpenAsync();
        IPage page = watched.Page;
        await page.Clock.InstallAsync();
        await page.SetViewportSizeAsync(800, 500);
        await watched.GoAsync(new(scene.Instance.Address, "/status"));
        ILocator day = page.Locator("details").Nth(1);
        await day.Locator("summary").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.EvaluateAsync("() => { scrollTo(0, 300); document.querySelector('article').mark = 1; }");
        double place = await PlaceAsync(page);

        Close(scene.Instance);
        await page.Clock.FastForwardAsync(Tick);
        await page.WaitForFunctionAsync($"() => document.querySelector('h1').textContent === '{Closed}'");

        Assert.Equal($"{Closed} · HxFunctions", await page.TitleAsync());
        Assert.True(
            await day.EvaluateAsync<bool>("d => d.open && d.querySelector('summary') === document.activeElement"),
            "What was opened and focused is not any more."
        );
        Assert.False(await page.Locator("details").Nth(0).EvaluateAsync<bool>("d => d.open"), "What was closed is open again.");
        // A notice has come in above; what is being read stays where it is on the screen.
        Assert.InRange(await PlaceAsync(page), place - 2, place + 2);
        // The same element, not one like it: nothing was thrown away, so nothing flickers.
        Assert.True(await page.EvaluateAsync<bool>("() => document.querySelector('article').mark === 1"));
        Assert.Empty(watched.Complaints);
        Assert.All(
            watched.Requests,
            url => Assert.True(url.EndsWith("/status", StringComparison.Ordinal) || url.StartsWith("data:", StringComparison.Ordinal), url)
        );
    }

    [Fact]
    public async Task Key_of_the_address_goes_on_working_and_stands_nowhere_in_the_page()
    {
        await using HxInstance hx = await Surface.StartAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys));
        await using WatchedPage watched = await chromium.OpenAsync();
        await watched.Page.Clock.InstallAsync();
        await watched.GoAsync(new(hx.Address, $"/status?code={Key}"));

        Close(hx);
        await watched.Page.Clock.FastForwardAsync(Tick);
        await watched.Page.WaitForFunctionAsync($"() => document.querySelector('h1').textContent === '{Closed}'");

        Assert.DoesNotContain(Key, await watched.Page.ContentAsync(), StringComparison.Ordinal);
        Assert.Empty(watched.Complaints);
    }

    [Fact]
    public async Task Lost_app_is_told_and_what_was_known_stays()
    {
        HxInstance hx = await Surface.StartCheckedAsync(new StubCheck());
        await using WatchedPage watched = await chromium.OpenAsync();
        await watched.Page.Clock.InstallAsync();
        await watched.GoAsync(new(hx.Address, "/status"));
        Assert.False(await watched.Page.Locator("#lost").IsVisibleAsync());

        await hx.DisposeAsync();
        await watched.Page.Clock.FastForwardAsync(Tick);
        await watched.Page.Locator("#lost").WaitForAsync(new() { State = WaitForSelectorState.Visible });

        Assert.Equal("All routes are open", await watched.Page.Locator("h1").InnerTextAsync());
    }

    /// <summary>Without a script the browser loads the page again by itself, from the address that it has, key and all.</summary>
    [Fact]
    public async Task Without_JavaScript_the_page_is_whole_and_renews_itself()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys));
        await using WatchedPage watched = await chromium.OpenAsync(javaScript: false);
        // Half a minute is long for a test.
        await watched.Page.RouteAsync(
            "**/*",
            async route =>
            {
                IAPIResponse response = await route.FetchAsync();
                string body = (await response.TextAsync()).Replace(
                    "http-equiv=\"refresh\" content=\"30\"",
                    "http-equiv=\"refresh\" content=\"1\"",
                    StringComparison.Ordinal
                );
                await route.FulfillAsync(new() { Response = response, Body = body });
            }
        );
        Uri address = new(hx.Address, $"/status?code={Key}");
        await watched.GoAsync(address);
        Assert.Equal("All routes are open", await watched.Page.Locator("h1").InnerTextAsync());

        Close(hx);
        await watched.Page.Locator("h1", new() { HasText = Closed }).WaitForAsync();

        Assert.Equal(address.ToString(), watched.Page.Url);
        Assert.All(
            watched.Requests.Where(url => !url.StartsWith("data:", StringComparison.Ordinal)),
            url => Assert.Equal(address.ToString(), url)
        );
    }

    [Fact]
    public async Task Keyboard_reaches_the_content_and_every_curve()
    {
        await using StatusScene scene = await StatusScenes.StartAsync(StatusScenes.Week);
        await using WatchedPage watched = await chromium.OpenAsync();
        await watched.GoAsync(new(scene.Instance.Address, "/status"));

        List<string> reached = [];
        for (int i = 0; i < 10; i++)
        {
            await watched.Page.Keyboard.PressAsync("Tab");
            reached.Add(
                await watched.Page.EvaluateAsync<string>(
                    "() => document.activeElement.localName + (getComputedStyle(document.activeElement).outlineStyle === "
                        + "'none' ? ' without outline' : '')"
                )
            );
        }

        // The first jumps to the content; then three curves per dependency.
        Assert.Equal(["a", .. Enumerable.Repeat("summary", 9)], reached);
    }

    private static Task<double> PlaceAsync(IPage page) =>
        page.EvaluateAsync<double>("() => document.activeElement.getBoundingClientRect().top");

    private static void Close(HxInstance hx)
    {
        long endsAt = TimeProvider.System.GetTimestamp() + (TimeProvider.System.TimestampFrequency * 3600);
        hx.Services.GetRequiredService<SnapshotBoard>()
            .Publish(s => s with { Override = new(new(true, "test", "", DateTimeOffset.UtcNow), endsAt, "") });
    }
}
