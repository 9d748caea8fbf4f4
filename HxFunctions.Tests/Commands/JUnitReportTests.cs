using System.Text;
using System.Xml.Linq;
using HxFunctions.Cli.Smoke;

namespace HxFunctions.Tests.Commands;

/// <summary>Whatever a result holds, the report is XML that can be read.</summary>
public sealed class JUnitReportTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("<a href=\"x\">&amp;]]></a>", "<a href=\"x\">&amp;]]></a>")]
    [InlineData("bell \u0007 nul \0 escape \u001b[31m", "bell \uFFFD nul \uFFFD escape \uFFFD[31m")]
    [InlineData("half a pair HALF, and a whole one \ud83d\ude00", "half a pair \uFFFD, and a whole one \ud83d\ude00")]
    [InlineData("no characters \ufffe \uffff", "no characters \uFFFD \uFFFD")]
    [InlineData("two\nlines\tand a tab", "two\nlines\tand a tab")]
    public void Hostile_text_arrives_as_text(string text, string expected)
    {
        // An attribute can't hold half a pair.
        text = text.Replace("HALF", "\ud83d", StringComparison.Ordinal);
        SmokeResult failed = new(text, text, "GET /x", SmokeOutcome.Fail, TimeSpan.FromMilliseconds(12), text, text, "open");

        string xml = JUnitReport.Write("smoke", [failed], TimeSpan.FromSeconds(1.5), DateTimeOffset.UnixEpoch);

        XElement root = XDocument.Load(new MemoryStream(Encoding.UTF8.GetBytes(xml))).Root!;
        XElement suite = root.Element("testsuite")!,
            failure = root.Descendants("failure").Single();
        Assert.Equal(
            ("1.500", "1", "1"),
            ((string?)root.Attribute("time"), (string?)root.Attribute("tests"), (string?)root.Attribute("failures"))
        );
        Assert.Equal((expected, "1970-01-01T00:00:00"), ((string?)suite.Attribute("name"), (string?)suite.Attribute("timestamp")));
        Assert.Equal($"{expected}: {expected}", (string?)failure.Attribute("message"));
        Assert.Equal($"{expected}\n{expected}\nthe guard says open", failure.Value);
    }
}
