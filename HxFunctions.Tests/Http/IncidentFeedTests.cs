using System.Text;
using System.Xml.Linq;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Http.Status;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Http;

/// <summary>The feed by RFC 4287.</summary>
public class IncidentFeedTests
{
    private const string Deployment = "{hx}:v1:0123456789ab";
    private const long Now = 1_800_000_000_000;
    private static readonly XNamespace Atom = "http://www.w3.org/2005/Atom";
    private static readonly RecordedTransition Down = At(600_000, DependencyStatus.Pass, DependencyStatus.Fail, Reasons.Timeout);
    private static readonly RecordedTransition Up = At(300_000, DependencyStatus.Fail, DependencyStatus.Pass, Reasons.Ok);

    [Fact]
    public void Incident_keeps_its_id_when_it_ends_and_is_updated()
    {
        XElement ongoing = Entry([Down]),
            over = Entry([Up, Down]);

        Assert.Equal(Text(ongoing, "id"), Text(over, "id"));
        Assert.Equal(Text(ongoing, "published"), Text(over, "published"));
        Assert.Equal(("2027-01-15T07:50:00Z", "2027-01-15T07:55:00Z"), (Text(ongoing, "updated"), Text(over, "updated")));
        Assert.Equal("PostgreSQL down: timeout", Text(ongoing, "title"));
        Assert.Equal("PostgreSQL down for 5 min: timeout", Text(over, "title"));
        Assert.EndsWith("Start: 2027-01-15 07:50:00 UTC. Ongoing.", Text(ongoing, "content"), StringComparison.Ordinal);
        Assert.EndsWith("End: 2027-01-15 07:55:00 UTC.", Text(over, "content"), StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_are_uuids_that_tell_incidents_and_deployments_apart()
    {
        RecordedTransition other = Down with { Dependency = "redis" };
        RecordedTransition earlier = Down with { At = Down.At - 1_000_000 };
        string[] ids =
        [
            .. Entries(Of([Down, other, Up with { At = Down.At - 500_000 }, earlier])).Select(e => Text(e, "id")),
            Text(Of([]), "id"),
            Text(XDocument.Parse(Raw([], deployment: "{hx}:v1:another")).Root!, "id"),
        ];

        Assert.Equal(5, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", id));
    }

    /// <summary>RFC 4287, section 4.1.1 and 4.1.2: what a feed and an entry must have.</summary>
    [Fact]
    public void Feed_and_entries_have_what_they_must()
    {
        XElement feed = Of([Up, Down]);
        Assert.Equal("HxFunctions", feed.Element(Atom + "author")!.Element(Atom + "name")!.Value);
        Assert.Equal("Gateway <prod>: incidents", Text(feed, "title"));
        Assert.Equal(Text(Entries(feed).Single(), "updated"), Text(feed, "updated"));
        Assert.Equal("text", Entries(feed).Single().Element(Atom + "content")!.Attribute("type")!.Value);
        // Nothing happened: well-formed, and the same whenever it is asked for.
        Assert.Equal("1970-01-01T00:00:00Z", Text(Of([]), "updated"));
    }

    [Fact]
    public void Only_link_is_the_runbooks()
    {
        XElement link = Assert.Single(Of([Up, Down]).Descendants(Atom + "link"));
        Assert.Equal("https://wiki.example/operations#timeout", link.Attribute("href")!.Value);
        // A foreign check's own reason has no section of its own.
        XElement foreign = Of([Down with { Reason = "moon_phase" }]).Descendants(Atom + "link").Single();
        Assert.EndsWith("#other", foreign.Attribute("href")!.Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("</title><script>&amp;<![CDATA[x]]>", "</title><script>&amp;<![CDATA[x]]>")]
    [InlineData("a\u0000b\uFFFFc", "a\uFFFDb\uFFFDc")]
    [InlineData("a\u202Eb\u2066c", "abc")]
    public void Words_of_operators_are_text(string words, string shown)
    {
        XElement entry = Entry([], new RecordedOverride(Now - 60_000, "closed", words, words, TimeSpan.FromHours(1)));
        Assert.Equal($"Manual override: closed: {shown} (by {shown})", Text(entry, "title"));
    }

    [Fact]
    public void Half_a_character_is_no_reason_to_have_no_feed() => Assert.Equal("a\uFFFDb", XmlText.Clean("a" + (char)0xD800 + "b"));

    [Fact]
    public void Cleared_override_says_who_and_keeps_its_id()
    {
        RecordedOverride set = new(Now - 60_000, "open", "failover", "night shift", TimeSpan.FromHours(1)),
            cleared = new(Now - 30_000, OverrideCodec.ClearedVerdict, "", "day shift", TimeSpan.Zero);
        XElement before = Entry([], set),
            after = Entry([], cleared, set);

        Assert.Equal(Text(before, "id"), Text(after, "id"));
        Assert.EndsWith("UTC, cleared by day shift.", Text(after, "content"), StringComparison.Ordinal);
    }

    /// <summary>The longest list with the longest words, in a script that takes three bytes a character.</summary>
    [Fact]
    public void Feed_is_small_and_newest_first_however_much_happened()
    {
        RecordedOverride[] overrides =
        [
            .. Enumerable
                .Range(0, 500)
                .Select(i => new RecordedOverride(
                    Now - (i * 60_000),
                    "closed",
                    new('語', GuardOverride.MaxReasonLength),
                    new('語', GuardOverride.MaxByLength),
                    TimeSpan.FromSeconds(30)
                )),
        ];
        string feed = Raw([], overrides);

        Assert.InRange(Encoding.UTF8.GetByteCount(feed), 1, 150_000);
        string[] updated = [.. Entries(XDocument.Parse(feed).Root!).Select(e => Text(e, "updated"))];
        Assert.Equal(StatusModel.MaxIncidents, updated.Length);
        Assert.Equal(updated.OrderDescending(StringComparer.Ordinal), updated);
    }

    private static RecordedTransition At(long ago, DependencyStatus from, DependencyStatus to, string reason) =>
        new(Now - ago, "postgres", from, to, reason);

    private static string Raw(
        IReadOnlyList<RecordedTransition> transitions,
        IReadOnlyList<RecordedOverride>? overrides = null,
        string deployment = Deployment
    ) =>
        Encoding.UTF8.GetString(
            IncidentFeed.Write(
                new(Now, [DependencyHistory.Nothing, DependencyHistory.Nothing], transitions, overrides ?? []),
                ["postgres", "redis"],
                new StatusPageOptions("Gateway <prod>", [], new("https://wiki.example/operations")),
                deployment
            )
        );

    private static XElement Of(IReadOnlyList<RecordedTransition> transitions, params RecordedOverride[] overrides) =>
        XDocument.Parse(Raw(transitions, overrides)).Root!;

    private static XElement Entry(IReadOnlyList<RecordedTransition> transitions, params RecordedOverride[] overrides) =>
        Assert.Single(Entries(Of(transitions, overrides)));

    private static IEnumerable<XElement> Entries(XElement feed) => feed.Elements(Atom + "entry");

    private static string Text(XElement element, string name) => element.Element(Atom + name)!.Value;
}
