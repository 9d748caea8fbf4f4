using System.Globalization;
using System.Text;
using System.Xml;

namespace HxFunctions.Cli.Smoke;

/// <summary>Results as JUnit XML, in the form that CI systems agree on (Jenkins's junit-10.xsd): suites, cases, failures and
/// skips.</summary>
internal static class JUnitReport
{
    private const char Replacement = '\uFFFD';

    /// <param name="command">Whose results they are, without hx.</param>
    public static string Write(string command, IReadOnlyList<SmokeResult> results, TimeSpan took, DateTimeOffset at)
    {
        StringBuilder text = new();
        using (XmlWriter xml = XmlWriter.Create(new Utf8Writer(text), new XmlWriterSettings { Indent = true, NewLineChars = "\n" }))
        {
            xml.WriteStartElement("testsuites");
            Attribute(xml, "name", $"hx {command}");
            WriteCounts(xml, results, took);
            foreach (IGrouping<string, SmokeResult> suite in results.GroupBy(r => r.Suite))
            {
                xml.WriteStartElement("testsuite");
                Attribute(xml, "name", suite.Key);
                WriteCounts(xml, [.. suite], TimeSpan.FromTicks(suite.Sum(r => r.Took.Ticks)));
                xml.WriteAttributeString("timestamp", at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture));
                foreach (SmokeResult result in suite)
                {
                    WriteCase(xml, command, result);
                }

                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        return text.Append('\n').ToString();
    }

    /// <summary>Replaces the file as a whole: whoever reads it sees the old report or the new one.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static void Save(string path, string xml)
    {
        string full = Path.GetFullPath(path);
        string temporary = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (FileStream file = new(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(Encoding.UTF8.GetBytes(xml));
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static void WriteCounts(XmlWriter xml, IReadOnlyList<SmokeResult> results, TimeSpan took)
    {
        Attribute(xml, "tests", Number(results.Count));
        Attribute(xml, "failures", Number(results.Count(r => r.Outcome == SmokeOutcome.Fail)));
        Attribute(xml, "errors", "0");
        Attribute(xml, "skipped", Number(results.Count(r => r.Outcome == SmokeOutcome.Skipped)));
        Attribute(xml, "time", Seconds(took));
    }

    private static void WriteCase(XmlWriter xml, string command, SmokeResult result)
    {
        xml.WriteStartElement("testcase");
        Attribute(xml, "classname", $"hx.{command.Replace(' ', '-')}.{result.Suite}");
        Attribute(xml, "name", result.Request.Length == 0 ? result.Name : $"{result.Request}, {result.Name}");
        Attribute(xml, "time", Seconds(result.Took));
        if (result.Outcome != SmokeOutcome.Pass)
        {
            xml.WriteStartElement(result.Outcome == SmokeOutcome.Fail ? "failure" : "skipped");
            Attribute(xml, "message", string.Join(": ", new[] { result.Found, result.Advice }.Where(t => t.Length > 0)));
            if (result.Outcome == SmokeOutcome.Fail)
            {
                Attribute(xml, "type", command);
                xml.WriteString(
                    Clean($"{result.Found}\n{result.Advice}{(result.Verdict is null ? "" : $"\nthe guard says {result.Verdict}")}")
                );
            }

            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static void Attribute(XmlWriter xml, string name, string value) => xml.WriteAttributeString(name, Clean(value));

    /// <summary>What XML 1.0 can't hold, not even escaped (section 2.2), is replaced.</summary>
    internal static string Clean(string text)
    {
        StringBuilder clean = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                clean.Append(text[i]).Append(text[++i]);
            }
            else
            {
                clean.Append(XmlConvert.IsXmlChar(text[i]) ? text[i] : Replacement);
            }
        }

        return clean.ToString();
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>Declares the encoding that the file gets.</summary>
    private sealed class Utf8Writer(StringBuilder text) : StringWriter(text, CultureInfo.InvariantCulture)
    {
        public override Encoding Encoding => Encoding.UTF8;
    }
}
