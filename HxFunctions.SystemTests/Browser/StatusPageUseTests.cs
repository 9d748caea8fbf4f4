using HxFunctions.Core.Hosting;
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

        Assert.Equal($"{Closed} · HxFunctions status", await page.TitleAsync());
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

    /// <summary>A new tab behind the others. A headless browser has every page in front.</summary>
    [Fact]
    public async Task Page_that_is_opened_in_the_background_asks_nothing_until_it_is_looked_at()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck());
        await using WatchedPage watched = await chromium.OpenAsync();
        IPage page = watched.Page;
        await page.AddInitScriptAsync("Object.defineProperty(document, 'hidden', { value: true, writable: true })");
        await page.Clock.InstallAsync();
        await watched.GoAsync(new(hx.Address, "/status"));

        Close(hx);
        await page.Clock.FastForwardAsync(3 * Tick);
        Assert.Equal("All routes are open", await page.Locator("h1").InnerTextAsync());
        Assert.Single(watched.Requests, url => url.EndsWith("/status", StringComparison.Ordinal));

        await page.EvaluateAsync("() => { document.hidden = false; document.dispatchEvent(new Event('visibilitychange')); }");
        await page.WaitForFunctionAsync($"() => document.querySelector('h1').textContent === '{Closed}'");
        Assert.Equal(2, watched.Requests.Count(url => url.EndsWith("/status", StringComparison.Ordinal)));
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

    /// <summary>The script's, in the browser's zone; UTC stays, for an incident is talked about across time zones.</summary>
    [Theory]
    [InlineData("Asia/Kolkata", "GMT+5:30")]
    [InlineData("UTC", null)]
    public async Task Local_time_stands_beside_utc_also_after_a_renewal(string zone, string? shown)
    {
        await using StatusScene scene = await StatusScenes.StartAsync(StatusScenes.OneDown);
        await using WatchedPage watched = await chromium.OpenAsync(timeZone: zone);
        await watched.Page.Clock.InstallAsync();
        await watched.GoAsync(new(scene.Instance.Address, "/status"));
        await AssertTimesAsync();

        Close(scene.Instance);
        await watched.Page.Clock.FastForwardAsync(Tick);
        await watched.Page.WaitForFunctionAsync($"() => document.querySelector('h1').textContent === '{Closed}'");
        await AssertTimesAsync();

        async Task AssertTimesAsync()
        {
            IReadOnlyList<string> times = await watched.Page.Locator("time").AllTextContentsAsync();
            Assert.True(times.Count > 10, "Where are the times?");
            Assert.All(times, time => Assert.Equal(shown is null ? 0 : 1, time.Split("GMT").Length - 1));
            Assert.All(times, time => Assert.True(shown is null || time.EndsWith(shown, StringComparison.Ordinal), time));
            Assert.Contains(" UTC", times[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Without_JavaScript_times_are_utc()
    {
        await using StatusScene scene = await StatusScenes.StartAsync(StatusScenes.OneDown);
        await using WatchedPage watched = await chromium.OpenAsync(javaScript: false, timeZone: "Asia/Kolkata");
        await watched.GoAsync(new(scene.Instance.Address, "/status"));
        Assert.DoesNotContain("GMT", await watched.Page.InnerTextAsync("body"), StringComparison.Ordinal);
        Assert.Contains(" UTC", await watched.Page.InnerTextAsync("#as-of"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_dependencies_stand_in_two_columns_and_fill_them()
    {
        await using StatusScene scene = await StatusScenes.StartAsync(StatusScenes.TwoDependencies);
        await using WatchedPage watched = await chromium.OpenAsync();
        await watched.Page.SetViewportSizeAsync(1280, 860);
        await watched.GoAsync(new(scene.Instance.Address, "/status"));
        double[] places = await watched.Page.EvaluateAsync<double[]>(
            "() => [...document.querySelectorAll('.cards > li')].map(c => c.getBoundingClientRect()).flatMap(c => [c.top, c.width])"
        );
        Assert.Equal(4, places.Length);
        Assert.Equal(places[0], places[2]);
        Assert.InRange(places[1] + places[3], 1180, 1280);
    }

    /// <summary>A wall shows the address bar's page for weeks: the script keeps the view and the key.</summary>
    [Fact]
    public async Task Wall_view_renews_itself_as_a_wall_view()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys));
        await using WatchedPage watched = await chromium.OpenAsync();
        await watched.Page.Clock.InstallAsync();
        await watched.GoAsync(new(hx.Address, $"/status?view=wall&code={Key}"));

        Close(hx);
        await watched.Page.Clock.FastForwardAsync(Tick);
        await watched.Page.WaitForFunctionAsync($"() => document.querySelector('h1').textContent === '{Closed}'");

        Assert.Equal(1, await watched.Page.Locator("body.wall li.card").CountAsync());
        Assert.DoesNotContain(Key, await watched.Page.ContentAsync(), StringComparison.Ordinal);
        Assert.Empty(watched.Complaints);
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
        long endsAt = BootTimeProvider.Instance.GetTimestamp() + (BootTimeProvider.Instance.TimestampFrequency * 3600);
        hx.Services.GetRequiredService<SnapshotBoard>()
            .Publish(s => s with { Override = new(new(true, "test", "", DateTimeOffset.UtcNow), endsAt, "") });
    }
}
