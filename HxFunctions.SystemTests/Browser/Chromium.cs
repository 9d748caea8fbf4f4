using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace HxFunctions.SystemTests.Browser;

/// <summary>One headless Chromium for all tests of a class.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>axe-core, which looks for what people with assistive technology would stumble over.</summary>
    private static string Axe { get; } = new BundledAxeScriptProvider().GetScript();

    public async Task InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(
            new()
            {
                // Debian's; eng/test installs it.
                ExecutablePath = "/usr/bin/chromium",
                Args = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
            }
        );
    }

    /// <summary>A page of its own, with nothing kept from others.</summary>
    internal async Task<WatchedPage> OpenAsync(bool javaScript = true, string? timeZone = null)
    {
        IBrowserContext context = await _browser!.NewContextAsync(
            new()
            {
                JavaScriptEnabled = javaScript,
                ReducedMotion = ReducedMotion.Reduce,
                TimezoneId = timeZone,
            }
        );
        // As a script of the browser's own, it is past the page's policy.
        await context.AddInitScriptAsync(Axe);
        IPage page = await context.NewPageAsync();
        page.SetDefaultTimeout(20_000);
        return new(context, page);
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}

/// <summary>A page whose every complaint and request is noted.</summary>
internal sealed class WatchedPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _complaints = [];
    private readonly List<string> _requests = [];

    public WatchedPage(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.Console += (_, message) => Note(_complaints, $"{message.Type}: {message.Text}");
        page.PageError += (_, error) => Note(_complaints, error);
        page.Request += (_, request) => Note(_requests, request.Url);
    }

    public IPage Page { get; }

    /// <summary>Everything written to the console, and every uncaught error.</summary>
    public IReadOnlyList<string> Complaints => Copy(_complaints);

    public IReadOnlyList<string> Requests => Copy(_requests);

    public async Task<IResponse> GoAsync(Uri address) => (await Page.GotoAsync(address.ToString()))!;

    /// <summary>What axe finds that is serious or critical, one line each.</summary>
    public Task<string[]> BarriersAsync() =>
        Page.EvaluateAsync<string[]>(
            """
            async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
              .filter(v => ['serious', 'critical'].includes(v.impact))
              .map(v => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map(n => n.html + ' ' + n.failureSummary).join(' | ')}`)
            """
        );

    /// <summary>By how many pixels the content is wider than the window.</summary>
    public Task<int> OverflowAsync() =>
        Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");

    /// <summary>By how many pixels the content is higher than the window.</summary>
    public Task<int> OverflowBelowAsync() =>
        Page.EvaluateAsync<int>("() => document.documentElement.scrollHeight - document.documentElement.clientHeight");

    /// <summary>Where text is cut off or leaves the window, apart from what may be shortened with an ellipsis.</summary>
    public Task<string[]> CutOffAsync() =>
        Page.EvaluateAsync<string[]>(
            """
            () => [...document.querySelectorAll('main *')].filter(e => e.getClientRects().length > 0 && e.closest('svg') === null)
              .filter(e => (getComputedStyle(e).overflowY === 'hidden' && e.scrollHeight > e.clientHeight + 2
                && !e.matches('.line, .why, h1, .headline p'))
                || (!e.closest('.line, .why, h1, .headline p')
                  && (e.getBoundingClientRect().bottom > innerHeight + 1 || e.getBoundingClientRect().right > innerWidth + 1)))
              .map(e => `${e.localName}.${e.className}: ${e.textContent.slice(0, 60)}`)
            """
        );

    /// <summary>What ends with an ellipsis for lack of room.</summary>
    public Task<string[]> ShortenedAsync() =>
        Page.EvaluateAsync<string[]>(
            """
            () => [...document.querySelectorAll('.line, .why, h1, .headline p')].filter(e => e.getClientRects().length > 0)
              .filter(e => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight
                + 0.3 * parseFloat(getComputedStyle(e).fontSize)).map(e => e.textContent)
            """
        );

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private static void Note(List<string> list, string text)
    {
        lock (list)
        {
            list.Add(text);
        }
    }

    private static List<string> Copy(List<string> list)
    {
        lock (list)
        {
            return [.. list];
        }
    }
}
