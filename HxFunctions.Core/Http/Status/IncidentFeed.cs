using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Core.Http.Status;

/// <summary>The incidents as an Atom feed (RFC 4287). It is made of what Redis keeps alone, so that every instance gives the same feed, and
/// an incident keeps its id from its first entry to its last.</summary>
internal static class IncidentFeed
{
    public const string ContentType = "application/atom+xml; charset=utf-8";
    private const string Atom = "http://www.w3.org/2005/Atom";

    /// <param name="deployment">What tells this deployment's feed from another's: <see cref="StoreKeys.Snapshot"/>.</param>
    public static byte[] Write(HistoryReading history, IReadOnlyList<string> names, StatusPageOptions options, string deployment)
    {
        Incident[] incidents =
        [
            .. Recorded(history, names).OrderByDescending(UpdatedAt).ThenByDescending(i => i.Start).Take(StatusModel.MaxIncidents),
        ];
        using MemoryStream stream = new();
        using (XmlWriter xml = XmlWriter.Create(stream, new() { Encoding = new UTF8Encoding(false) }))
        {
            xml.WriteStartElement("feed", Atom);
            xml.WriteElementString("id", Atom, IdOf(deployment, "feed"));
            xml.WriteElementString("title", Atom, $"{XmlText.Clean(options.Title)}: incidents");
            xml.WriteElementString("updated", Atom, Moment(incidents.Length == 0 ? 0 : incidents.Max(UpdatedAt)));
            xml.WriteStartElement("author", Atom);
            xml.WriteElementString("name", Atom, "HxFunctions");
            xml.WriteEndElement();
            foreach (Incident incident in incidents)
            {
                WriteEntry(xml, incident, history.Now, options, deployment);
            }

            xml.WriteEndElement();
        }

        return stream.ToArray();
    }

    private static IEnumerable<Incident> Recorded(HistoryReading history, IReadOnlyList<string> names)
    {
        long from = StatusWindow.Week.StartAt(history.Now);
        IEnumerable<Incident> ofDependencies = DependencyIncidents.From(
            history.Transitions,
            names,
            history.Dependencies,
            [.. names.Select(_ => (DependencyState?)null)],
            from
        );
        return ofDependencies.Concat(OverrideIncidents.From(history.Overrides, known: null, history.Now, from));
    }

    private static void WriteEntry(XmlWriter xml, Incident incident, long now, StatusPageOptions options, string deployment)
    {
        (string id, string what, string why, string? runbook) = incident switch
        {
            DependencyIncident d => (
                string.Create(CultureInfo.InvariantCulture, $"{d.Dependency}\n{d.FirstRecorded}"),
                $"{DependencyKind.DisplayNameOf(d.Dependency)} {Headline.StateOf(d.Worst).ToLowerInvariant()}",
                d.Reason == Reasons.Unknown ? "reason not recorded" : Headline.Words(d.Reason),
                options.RunbookOf(d.Reason == Reasons.Unknown ? d.Reason : Reasons.ForTag(d.Reason))
            ),
            OverrideIncident o => (
                string.Create(CultureInfo.InvariantCulture, $"override\n\n{o.Start}"),
                $"Manual override: {o.Verdict}",
                o.By.Length > 0 ? $"{o.Reason} (by {o.By})" : o.Reason,
                null
            ),
            _ => throw new InvalidOperationException(incident.GetType().Name),
        };
        string duration = incident.IsOver && incident.Duration(now) is { } lasted ? $" for {StatusText.Duration(lasted)}" : "";
        xml.WriteStartElement("entry", Atom);
        xml.WriteElementString("id", Atom, IdOf(deployment, id));
        xml.WriteElementString("title", Atom, XmlText.Clean($"{what}{duration}: {why}"));
        xml.WriteElementString("published", Atom, Moment(PublishedAt(incident)));
        xml.WriteElementString("updated", Atom, Moment(UpdatedAt(incident)));
        if (runbook is not null)
        {
            xml.WriteStartElement("link", Atom);
            xml.WriteAttributeString("rel", "related");
            xml.WriteAttributeString("title", "Runbook");
            xml.WriteAttributeString("href", runbook);
            xml.WriteEndElement();
        }

        xml.WriteStartElement("content", Atom);
        xml.WriteAttributeString("type", "text");
        xml.WriteString(XmlText.Clean($"{what}: {why}. {When(incident)}"));
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static string When(Incident incident)
    {
        string start = incident.Start is { } began ? $"Start: {Full(began)}." : "Start: not recorded.";
        if (incident.End is not { } ended)
        {
            return $"{start} Ongoing.";
        }

        string by = incident is OverrideIncident { ClearedBy: { } who } ? $", cleared{(who.Length > 0 ? " by " + who : "")}" : "";
        return $"{start} End: {Full(ended)}{by}.";
    }

    private static string Full(long at) => StatusText.Full(DateTimeOffset.FromUnixTimeMilliseconds(at)) + " UTC";

    private static long PublishedAt(Incident incident) =>
        incident switch
        {
            DependencyIncident d => d.FirstRecorded,
            _ => incident.Start ?? 0,
        };

    private static long UpdatedAt(Incident incident) =>
        incident switch
        {
            DependencyIncident d => d.LastRecorded,
            _ => incident.End ?? incident.Start ?? 0,
        };

    private static string Moment(long at) => StatusText.Iso(DateTimeOffset.FromUnixTimeMilliseconds(at));

    /// <summary>A UUID made of a hash: version 8 of RFC 9562, section 5.8.</summary>
    private static string IdOf(string deployment, string name)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{deployment}\n{name}"));
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return $"urn:uuid:{new Guid(hash.AsSpan(0, 16), bigEndian: true):D}";
    }
}
