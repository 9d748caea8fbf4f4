using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Http.Status;
using HxFunctions.Tests.Serving;

namespace HxFunctions.Tests.Http;

public class StatusBadgeTests(PassingSurface surface) : IClassFixture<PassingSurface>
{
    [Theory]
    [InlineData("pass", "PostgreSQL: up")]
    [InlineData("warn", "PostgreSQL: degraded")]
    [InlineData("fail", "PostgreSQL: down")]
    [InlineData("unknown", "PostgreSQL: unknown")]
    public void Badge_says_the_state_in_the_words_of_the_page(string status, string label) =>
        Assert.Equal(label, Label(StatusBadge.Of("PostgreSQL", StatusOf(status))));

    [Theory]
    [InlineData("pass pass", "dependencies: all up")]
    [InlineData("pass fail unknown unknown warn", "dependencies: 1 down, 2 unknown, 1 degraded")]
    [InlineData("unknown", "dependencies: 1 unknown")]
    [InlineData("", "dependencies: none configured")]
    public void Badge_of_all_counts_those_that_are_not_up(string statuses, string label) =>
        Assert.Equal(label, Label(StatusBadge.OfAll([.. statuses.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(StatusOf)])));

    [Theory]
    [InlineData("<script>&\"'\u0000")]
    [InlineData("\u202Eevil")]
    [InlineData("a-name-that-is-longer-than-any-badge-should-be-wide")]
    public void Name_of_others_is_text_and_the_image_stays_small(string name)
    {
        byte[] badge = StatusBadge.Of(name, DependencyStatus.Pass);
        Assert.EndsWith(": up", Label(badge), StringComparison.Ordinal);
        Assert.DoesNotContain("<script", Encoding.UTF8.GetString(badge), StringComparison.Ordinal);
        Assert.InRange(badge.Length, 1, 2_000);
        Assert.InRange(int.Parse(Root(badge).Attribute("width")!.Value, CultureInfo.InvariantCulture), 1, 400);
    }

    /// <summary>WCAG 2.2, success criterion 1.4.3 (https://www.w3.org/TR/WCAG22/#contrast-minimum), by its own formula.</summary>
    [Fact]
    public void White_text_has_enough_contrast_on_every_colour()
    {
        IEnumerable<string> colours = new[]
        {
            DependencyStatus.Pass,
            DependencyStatus.Warn,
            DependencyStatus.Fail,
            DependencyStatus.Unknown,
        }
            .SelectMany(s => Regex.Matches(Encoding.UTF8.GetString(StatusBadge.Of("x", s)), "fill=\"#([0-9a-f]{6})\""))
            .Select(m => m.Groups[1].Value)
            .Distinct();
        Assert.Equal(5, colours.Count());
        Assert.All(colours, colour => Assert.InRange(1.05 / (Luminance(colour) + 0.05), 4.5, 21));
    }

    [Fact]
    public async Task Badge_is_asked_for_again_and_costs_nothing_while_it_is_the_same()
    {
        RawResponse first = await surface.Instance.RawAsync("GET /badge/thing.svg");
        Assert.Equal((200, "image/svg+xml; charset=utf-8"), (first.Status, first.Headers["Content-Type"]));
        Assert.Equal("no-cache, private", first.Headers["Cache-Control"]);
        Assert.Equal("default-src 'none'; frame-ancestors 'none'", first.Headers["Content-Security-Policy"]);

        RawResponse again = await surface.Instance.RawAsync("GET /badge/thing.svg", $"If-None-Match: W/{first.Headers["ETag"]}"),
            other = await surface.Instance.RawAsync("GET /badge/thing.svg", "If-None-Match: \"another\"");
        Assert.Equal((304, ""), (again.Status, again.Body));
        Assert.Equal(first.Headers["ETag"], again.Headers["ETag"]);
        Assert.Equal((200, first.Body), (other.Status, other.Body));
    }

    [Theory]
    [InlineData("/badge/nothing.svg", 404)]
    [InlineData("/badge/thing.png", 404)]
    [InlineData("/badge/thing", 404)]
    [InlineData("/badge/all.svg", 200)]
    [InlineData("/badge/ALL.svg", 200)]
    [InlineData("/badge/THING.SVG", 200)]
    public async Task Badge_is_of_a_dependency_that_is_there(string target, int status) =>
        Assert.Equal(status, (await surface.Instance.RawAsync($"GET {target}")).Status);

    private static DependencyStatus StatusOf(string word) =>
        word switch
        {
            "pass" => DependencyStatus.Pass,
            "warn" => DependencyStatus.Warn,
            "fail" => DependencyStatus.Fail,
            _ => DependencyStatus.Unknown,
        };

    private static XElement Root(byte[] badge) => XDocument.Parse(Encoding.UTF8.GetString(badge)).Root!;

    private static string Label(byte[] badge)
    {
        XElement root = Root(badge);
        Assert.Equal(root.Attribute("aria-label")!.Value, root.Elements().First().Value);
        return root.Attribute("aria-label")!.Value;
    }

    private static double Luminance(string colour)
    {
        double[] parts =
        [
            .. colour
                .Chunk(2)
                .Select(hex => int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0)
                .Select(c => c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4)),
        ];
        return (0.2126 * parts[0]) + (0.7152 * parts[1]) + (0.0722 * parts[2]);
    }
}
