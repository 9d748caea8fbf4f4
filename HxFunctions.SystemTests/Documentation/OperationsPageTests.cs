using System.Reflection;
using System.Text.RegularExpressions;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Documentation;

/// <summary>docs/operations.md: a section for each reason and each alert, and <c>hx check</c> says the same as it.</summary>
public sealed partial class OperationsPageTests
{
    private static readonly Dictionary<string, string> Sections = Read();

    public static TheoryData<string> AllReasons =>
        [
            .. typeof(Reasons)
                .GetFields(BindingFlags.Public | BindingFlags.Static)
                .Where(f => f.IsLiteral && f.FieldType == typeof(string))
                .Select(f => (string)f.GetRawConstantValue()!),
        ];

    public static TheoryData<string> AllAlerts =>
        [
            .. AlertName()
                .Matches(File.ReadAllText(Path.Combine(Repository.Root, "infra", "modules", "alerts.bicep")))
                .Select(match => match.Groups[1].Value),
        ];

    [Theory]
    [MemberData(nameof(AllReasons))]
    public void Reason_has_its_meaning_what_to_check_and_what_to_do(string reason)
    {
        string section = Sections[$"`{reason}`"];
        Assert.All(
            new[] { "**Means** ", "**Check** ", "**Do** " },
            part => Assert.Contains("\n" + part, section, StringComparison.Ordinal)
        );
        Assert.Equal(Reasons.IsDefinite(reason), section.Contains("\n*At once.*", StringComparison.Ordinal));
        // Neither of these is a probe's outcome: hx check never has to say what to check.
        if (reason is not (Reasons.Unknown or Reasons.Other))
        {
            Assert.Contains($"**Check** {Advice.For(reason)}", section, StringComparison.Ordinal);
            Assert.All(DependencyKind.All, kind => Assert.Contains(Advice.For(reason, kind.Name), section, StringComparison.Ordinal));
            Assert.All(
                Advice.OfDetails.Where(line => line.Reason == reason),
                line => Assert.Matches($"(?s)`{Regex.Escape(line.Detail)}`.*{Regex.Escape(line.Line)}", section)
            );
        }
    }

    [Theory]
    [MemberData(nameof(AllAlerts))]
    public void Alert_has_a_section(string alert) => Assert.True(Sections[alert].Length > 200, alert);

    [Fact]
    public void Lists_are_whole()
    {
        Assert.True(AllReasons.Count > 20 && AllAlerts.Count == 6);
        // A section for what is no longer there would send somebody to look for it.
        Assert.Equal(AllReasons.Count, Sections.Keys.Count(name => name[0] == '`'));
    }

    /// <summary>The third-level sections by their names.</summary>
    private static Dictionary<string, string> Read() =>
        File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md"))
            .Split("\n### ")[1..]
            .ToDictionary(text => text[..text.IndexOf('\n', StringComparison.Ordinal)], text => text.Split("\n## ")[0]);

    [GeneratedRegex(@"^    name: '([a-z-]+)'", RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex AlertName();
}
