using System.Xml.Linq;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Gateways.Apim;

/// <summary>Which files a self-hosted gateway can be given: it skips a policy that it doesn't support, and says nothing.</summary>
public sealed class SelfHostedGatewayTests
{
    /// <summary>Elements that it has not, with their pages.</summary>
    /// <remarks>
    /// https://learn.microsoft.com/azure/api-management/api-management-gateways-overview#policies names the groups,
    /// https://learn.microsoft.com/azure/api-management/api-management-policies their members.
    /// </remarks>
    private static readonly string[] Unsupported =
    [
        "get-authorization-context",
        "validate-graphql-request",
        "sql-data-source",
        "cosmosdb-data-source",
        "http-data-source",
        "publish-event",
    ];

    /// <summary>Elements that it has, with a cache of its own choosing:
    /// https://learn.microsoft.com/azure/api-management/caching-overview.</summary>
    private static readonly string[] Caching =
    [
        "cache-lookup",
        "cache-store",
        "cache-lookup-value",
        "cache-store-value",
        "cache-remove-value",
    ];

    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "self-hosted-gateway.md"));

    /// <summary>The page's table: each form of the guard, and whether it fits.</summary>
    public static TheoryData<string, bool> Forms
    {
        get
        {
            TheoryData<string, bool> forms = [];
            IEnumerable<string[]> rows = Page.Split('\n')
                .SkipWhile(line => !line.StartsWith("| form | fits |", StringComparison.Ordinal))
                .Skip(2)
                .TakeWhile(line => line.StartsWith('|'))
                .Select(line => line.Split('|', StringSplitOptions.TrimEntries));
            foreach (string[] cells in rows)
            {
                forms.Add(cells[1].Trim('`'), cells[2] == "yes");
            }

            return forms;
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Form_fits_as_the_page_says(string form, bool fits)
    {
        foreach (string question in (string[])["by-path", "by-rule"])
        {
            string[] problems = [.. Documents(new(form, question)).SelectMany(ProblemsOf)];
            Assert.Equal(fits, problems.Length == 0);
        }
    }

    [Fact]
    public void Page_has_every_form()
    {
        string[] forms = [.. PolicyVariant.Names.Select(name => PolicyVariant.Parse(name).Form).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(forms, Forms.Select(row => (string)row[0]!).Order(StringComparer.Ordinal));
        Assert.Equal(["uncached"], Forms.Where(row => (bool)row[1]!).Select(row => (string)row[0]!));
    }

    public static TheoryData<string> Intruders =>
        [
            .. Unsupported.Select(name => $"<{name} />"),
            .. Caching.Select(name => $"<{name} caching-type='internal' />"),
            // The default is the internal cache, unless there is another: then it is as the internal one, or as the Redis that is guarded.
            .. Caching.Select(name => $"<{name} />"),
            "<authentication-managed-identity resource='x' output-token-variable-name='y' />",
        ];

    [Theory]
    [MemberData(nameof(Intruders))]
    public void Element_that_it_would_skip_is_found(string element)
    {
        XElement[] documents = [.. Documents(new("uncached", "by-path"))];
        Assert.Empty(documents.SelectMany(ProblemsOf));
        documents[0].Descendants("choose").First().AddBeforeSelf(XElement.Parse(element));
        Assert.Single(documents.SelectMany(ProblemsOf));
    }

    [Fact]
    public void Page_names_every_element_that_it_has_not() =>
        Assert.All(Unsupported, name => Assert.Contains($"`{name}`", Page, StringComparison.Ordinal));

    private static IEnumerable<string> ProblemsOf(XElement document) =>
        document
            .DescendantsAndSelf()
            .Select(element => (Name: element.Name.LocalName, Element: element))
            .Where(one =>
                Unsupported.Contains(one.Name)
                || Caching.Contains(one.Name) && (string?)one.Element.Attribute("caching-type") != "external"
                // It has Workload ID instead, and takes no other identity.
                || one.Name == "authentication-managed-identity"
                    && (string?)one.Element.Attribute("authentication-provider") != "WorkloadIdentity"
            )
            .Select(one => one.Name);

    private static IEnumerable<XElement> Documents(PolicyVariant variant) =>
        variant
            .Fragments()
            .Where(fragment => fragment.Key == $"hx-guard-{variant.Question}")
            .Select(fragment => fragment.Value)
            .Append(variant.ApiPolicy())
            .Select(text => XElement.Parse(text));
}
