using HxFunctions.Tests;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.SystemTests.Gateways.Apim;

/// <summary>The interpreter is strict: what it doesn't know, or API Management wouldn't allow, is a fault and no silent success.</summary>
public class PolicyInterpreterTests
{
    [Theory]
    [InlineData("""<validate-jwt header-name="Authorization" />""")]
    [InlineData("""<set-variable name="a" value="b" type="c" />""")]
    [InlineData("""<set-variable name="a" />""")]
    [InlineData("""<set-header name="a" exists-action="skip"><value>b</value></set-header>""")]
    [InlineData("""<set-query-parameter name="a" exists-action="override"><value>b</value></set-query-parameter>""")]
    [InlineData("""<cache-lookup-value key="a" variable-name="b" caching-type="prefer-external" />""")]
    [InlineData("""<choose><when condition="@(true)"><retry /></when></choose>""")]
    [InlineData(
        """<send-request mode="copy" response-variable-name="a" timeout="2" ignore-error="true"><set-url>b</set-url></send-request>"""
    )]
    [InlineData("""<return-response>text</return-response>""")]
    [InlineData("""<authentication-managed-identity resource="a" ignore-error="false" />""")]
    [InlineData("""<authentication-managed-identity resource="a" output-token-variable-name="hx-token" ignore-error="true" />""")]
    [InlineData("""<authentication-managed-identity resource="a" output-token-variable-name="hx-token" />""")]
    [InlineData("""<rate-limit calls="1" renewal-period="60" counter-key="a" />""")]
    [InlineData("""<set-variable name="a" value="{{nobody}}" />""")]
    [InlineData("""<set-variable name="a" value="@(System.IO.File.ReadAllText(&quot;a&quot;))" />""")]
    [InlineData("""<set-variable name="a" value="@(System.Environment.MachineName)" />""")]
    [InlineData("""<set-variable name="a" value="@(Regex.Escape(&quot;a&quot;))" />""")]
    [InlineData("""<set-variable name="a" value="@(context.GetType().Name)" />""")]
    [InlineData("""<set-variable name="a" value="@(new System.Net.Http.HttpClient())" />""")]
    [InlineData("""<set-variable name="a" value="@{ var list = new List&lt;System.Threading.Thread&gt;(); return list.Count; }" />""")]
    [InlineData("""<set-variable name="a" value="@{ switch (1) { default: return context.Request.Method is { Length: 3 }; } }" />""")] // C# 8
    [InlineData("""<set-variable name="a" value="@{ }" />""")]
    [InlineData("""<set-variable name="a" value="@(context.Request.Nothing)" />""")]
    public void Policy_that_is_not_understood_in_full_is_a_fault(string statement) => Assert.Throws<PolicyFault>(() => Load(statement));

    [Theory]
    [InlineData("""<set-variable name="a" value="@(Regex.IsMatch(&quot;a&quot;, &quot;b&quot;))" />""")]
    [InlineData("""<set-variable name="a" value="@(string.Join(&quot;,&quot;, new[] { 1, 2 }.Select(i =&gt; i.ToString())))" />""")]
    public void Policy_that_is_understood_is_none(string statement) => Load(statement).Dispose();

    /// <summary>Each is allowed somewhere.</summary>
    [Theory]
    [InlineData(
        "on-error",
        """<authentication-managed-identity resource="a" output-token-variable-name="hx-token" ignore-error="false" />"""
    )]
    [InlineData("outbound", """<rate-limit calls="1" renewal-period="60" />""")]
    [InlineData("outbound", """<set-query-parameter name="a" exists-action="delete" />""")]
    [InlineData("backend", """<set-variable name="a" value="b" />""")]
    [InlineData("backend", """<base /><forward-request timeout="240" buffer-response="false" />""")]
    [InlineData("backend", """<forward-request timeout="240" buffer-response="true" />""")]
    [InlineData("backend", """<forward-request timeout="300" buffer-response="false" />""")]
    [InlineData("inbound", """<forward-request timeout="240" buffer-response="false" />""")]
    public void Element_in_a_wrong_section_is_a_fault(string section, string statement) =>
        Assert.Throws<PolicyFault>(() => LoadIn(section, statement));

    [Theory]
    [InlineData("<base />")]
    [InlineData("""<choose><otherwise><include-fragment fragment-id="b" /></otherwise></choose>""")]
    public void Fragment_holds_no_base_and_no_other_fragment(string statement)
    {
        Load(statement).Dispose();
        Assert.Throws<PolicyFault>(() =>
            PolicyGateway.Load(
                "<policies />",
                new Dictionary<string, string> { ["a"] = $"<fragment>{statement}</fragment>" },
                new Dictionary<string, string>(),
                new FakeTimeProvider()
            )
        );
    }

    [Theory]
    [InlineData("<fragment>{0}</fragment>", false)]
    [InlineData("<policies><inbound>{0}</inbound></policies>", true)]
    [InlineData("<policies><inbound>{0}</inbound><outbound>{0}</outbound></policies>", true)]
    [InlineData("<policies><inbound>{0}<choose><otherwise>{0}</otherwise></choose></inbound></policies>", false)]
    [InlineData("<policies><inbound>{0}<cache-store-value /><cache-store-value /></inbound></policies>", false)]
    public void Cache_is_looked_into_once_in_a_section_and_not_in_a_fragment(string document, bool supported)
    {
        const string LookUp = """<cache-lookup-value key="a" variable-name="b" caching-type="internal" />""";

        Assert.Equal(
            supported,
            PolicySchema.UsesTheCacheAsTheReferenceSupportsIt(
                System.Xml.Linq.XElement.Parse(document.Replace("{0}", LookUp, StringComparison.Ordinal))
            )
        );
    }

    [Fact]
    public void Policies_mean_the_same_as_xml_and_as_rawxml()
    {
        // Besides these escapes in expressions there is nothing that one of the two formats might take literally.
        foreach (
            string file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "infra", "apim"), "*.xml", SearchOption.AllDirectories)
        )
        {
            string text = File.ReadAllText(file);
            foreach (string escape in new[] { "&lt;", "&gt;", "&amp;&amp;" })
            {
                text = text.Replace(escape, "", StringComparison.Ordinal);
            }

            Assert.DoesNotContain(text, c => c is '&' or > '~');
        }
    }

    private static PolicyGateway Load(string statement) => LoadIn("inbound", statement);

    private static PolicyGateway LoadIn(string section, string statement) =>
        PolicyGateway.Load(
            $"<policies><{section}>{statement}</{section}></policies>",
            new Dictionary<string, string>(),
            new Dictionary<string, string>(),
            new FakeTimeProvider()
        );
}
