using System.Xml.Linq;
using HxFunctions.Core.Routing;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.SystemTests.Gateways.Apim;

/// <summary>What the files of infra/apim/variants are, and in what they differ; and what goes wrong when parts of them do.</summary>
public sealed class PolicyVariantTests(PolicyFixture fixture) : IClassFixture<PolicyFixture>
{
    private static readonly string Folder = Path.Combine(PolicyVariant.Folder, "variants");

    /// <summary>After a change to what they are made from: run this with <c>HX_RECORD_SNAPSHOTS=1</c> and read the difference.</summary>
    [Fact]
    public void Files_are_what_is_made_of_those_by_hand()
    {
        Dictionary<string, string> made = PolicyVariantFiles.Make();
        if (Environment.GetEnvironmentVariable("HX_RECORD_SNAPSHOTS") == "1")
        {
            foreach ((string name, string text) in made)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Folder, name))!);
                File.WriteAllText(Path.Combine(Folder, name), text);
            }
        }

        Dictionary<string, string> found = Directory
            .EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(Folder, file).Replace('\\', '/'), File.ReadAllText);
        Assert.Equal(made.Keys.Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
        Assert.All(made, file => Assert.Equal(file.Value, found[file.Key]));
    }

    [Theory]
    [MemberData(nameof(PolicyVariant.All), MemberType = typeof(PolicyVariant))]
    public void Variant_has_the_elements_that_it_is_for_and_no_other(string variant)
    {
        PolicyVariant parsed = PolicyVariant.Parse(variant);
        Dictionary<string, int> found = ElementsOf(parsed),
            expected = ElementsOf(new("fragments", parsed.Question));
        if (!parsed.HasCache)
        {
            // Besides the cache its key, the variable that a look-up may leave alone, and the question whether it found something.
            foreach ((string name, int less) in new[] { ("set-variable", 2), ("choose", 2), ("when", 2) })
            {
                expected[name] -= less;
            }

            expected.Remove("cache-lookup-value");
            expected.Remove("cache-store-value");
            expected.Remove("rate-limit-by-key");
            expected["rate-limit"] = 1;
        }

        if (parsed.HasIdentity)
        {
            // The token's header is in the place of the key's.
            expected["authentication-managed-identity"] = 1;
        }

        Assert.Equal(expected.OrderBy(pair => pair.Key, StringComparer.Ordinal), found.OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(PolicyVariant.All), MemberType = typeof(PolicyVariant))]
    public void Cache_is_used_as_the_reference_supports_it_in_all_but_the_fragments_that_have_one(string variant)
    {
        PolicyVariant parsed = PolicyVariant.Parse(variant);

        Assert.Equal(
            parsed.IsInline || !parsed.HasCache,
            Documents(parsed).All(document => PolicySchema.UsesTheCacheAsTheReferenceSupportsIt(document))
        );
    }

    [Theory]
    [MemberData(nameof(PolicyVariant.Uncached), MemberType = typeof(PolicyVariant))]
    public async Task Variant_without_a_cache_goes_by_nothing_that_it_heard_before(string variant)
    {
        using PolicyGateway gateway = PolicyFixture.Gateway(variant, fixture.StandIn.Url);
        int asked = 0;
        foreach (bool open in new[] { true, false, true, true, false, false })
        {
            fixture.StandIn.Answer = open ? StandInServer.Say(200, StandInServer.Open) : StandInServer.Say(503, StandInServer.Closed);
            Assert.Equal((open ? 200 : 503, ++asked), ((await gateway.SendAsync("POST", "/v1/keys")).Status, gateway.Callouts.Count));
        }

        fixture.StandIn.Answer = StandInServer.Abort;
        Assert.Equal(503, (await gateway.SendAsync("POST", "/v1/keys")).Status);
        Assert.Empty(gateway.Cache.Keys);
    }

    /// <summary>Who copies the guard and forgets on-error has API Management's own 500, and nobody passes.</summary>
    [Theory]
    [MemberData(nameof(PolicyVariant.All), MemberType = typeof(PolicyVariant))]
    public async Task Policy_without_the_on_error_closes_as_well(string variant)
    {
        PolicyVariant parsed = PolicyVariant.Parse(variant);
        XElement api = XElement.Parse(parsed.ApiPolicy());
        api.Element("on-error")!.ReplaceNodes(new XElement("base"));
        fixture.StandIn.Answer = StandInServer.Say(200, StandInServer.Open);
        for (int thrown = 0; ; thrown++)
        {
            using PolicyGateway gateway = PolicyGateway.Load(
                api.ToString(SaveOptions.DisableFormatting),
                parsed.Fragments(),
                new Dictionary<string, string>
                {
                    ["hx-guard-url"] = fixture.StandIn.Url,
                    ["hx-guard-key"] = PolicyFixture.Key,
                    ["hx-guard-resource"] = PolicyFixture.Resource,
                    ["hx-guard-on-unreachable"] = "open",
                    ["hx-rate-limit"] = $"{PolicyFixture.RateLimit}",
                },
                new FakeTimeProvider()
            );
            gateway.Token = PolicyFixture.Token;
            gateway.ThrowAt = thrown;
            if ((await gateway.SendAsync("POST", "/v1/keys")).Status == 200)
            {
                // No expression is left that could throw.
                Assert.InRange(thrown, 6, 40);
                return;
            }

            Assert.Empty(gateway.Passed);
        }
    }

    [Theory]
    [MemberData(nameof(PolicyVariant.WithIdentity), MemberType = typeof(PolicyVariant))]
    public async Task Token_goes_to_the_guard_and_nowhere_else(string variant)
    {
        foreach (bool open in new[] { true, false })
        {
            using PolicyGateway gateway = PolicyFixture.Gateway(variant, fixture.UrlFor(variant, open));
            PolicyAnswer answer = await gateway.SendAsync("POST", "/v1/keys", ("Authorization", "Bearer a caller's own"));

            Assert.Equal(open ? 200 : 503, answer.Status);
            Assert.Equal([PolicyFixture.Resource], gateway.Resources);
            PolicyFixture.AssertAskedAbout(variant, "/v1/keys", "POST", Assert.Single(gateway.Callouts));
            Assert.DoesNotContain(PolicyFixture.Token, answer.Body + string.Concat(answer.Headers.Values), StringComparison.Ordinal);
            Assert.All(gateway.Passed, passed => Assert.Equal("Bearer a caller's own", passed.Headers["Authorization"]));
        }
    }

    /// <summary>"The subscription key by default is passed to the backend", says
    /// learn.microsoft.com/azure/api-management/api-management-subscriptions. LiteLLM looks for keys of its own in that header.</summary>
    [Theory]
    [MemberData(nameof(PolicyVariant.All), MemberType = typeof(PolicyVariant))]
    public async Task Subscription_key_stays_in_the_gateway(string variant)
    {
        using PolicyGateway gateway = PolicyFixture.Gateway(variant, fixture.UrlFor(variant, open: true));
        const string Key = "made-up-subscription-key";
        foreach (
            (string query, string kept) in ((string, string)[])
                [
                    ("", ""),
                    ($"?subscription-key={Key}", ""),
                    ($"?a=1&Subscription-Key={Key}&b=2", "?a=1&b=2"),
                    ("?a=subscription-key", "?a=subscription-key"),
                ]
        )
        {
            PolicyAnswer answer = await gateway.SendAsync(
                "POST",
                "/v1/keys" + query,
                ("Ocp-Apim-Subscription-Key", Key),
                ("Authorization", "Bearer a caller's own")
            );

            Assert.Equal(200, answer.Status);
            PolicyMessage passed = gateway.Passed[^1];
            Assert.Equal("/v1/keys" + kept, passed.Target);
            Assert.Equal(("Authorization", "Bearer a caller's own"), (Assert.Single(passed.Headers).Key, passed.Headers["Authorization"]));
        }
    }

    [Theory]
    [MemberData(nameof(PolicyVariant.WithIdentity), MemberType = typeof(PolicyVariant))]
    public async Task Without_a_token_nobody_is_asked_and_nobody_passes(string variant)
    {
        using PolicyGateway gateway = PolicyFixture.Gateway(variant, fixture.UrlFor(variant, open: true), "open");
        gateway.Token = null;

        Assert.Equal(503, (await gateway.SendAsync("POST", "/v1/keys")).Status);
        Assert.Empty(gateway.Callouts);
        Assert.Empty(gateway.Passed);
        Assert.Empty(gateway.Cache.Keys);
    }

    [Theory]
    [InlineData("identity by-path")]
    [InlineData("identity by-rule")]
    [InlineData("inline-identity by-path")]
    [InlineData("inline-identity by-rule")]
    public async Task Kept_verdict_needs_no_token(string variant)
    {
        FakeTimeProvider time = new();
        using PolicyGateway gateway = PolicyFixture.Gateway(variant, fixture.UrlFor(variant, open: true), time: time);
        Assert.Equal(200, (await gateway.SendAsync("POST", "/v1/keys")).Status);
        gateway.Token = null;

        Assert.Equal((200, 1), ((await gateway.SendAsync("POST", "/v1/keys")).Status, gateway.Resources.Count));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(503, (await gateway.SendAsync("POST", "/v1/keys")).Status);
    }

    /// <summary>There is no key that could leak: not in the policy, and not among its named values.</summary>
    [Theory]
    [MemberData(nameof(PolicyVariant.WithIdentity), MemberType = typeof(PolicyVariant))]
    public async Task Token_is_all_that_is_shown_and_another_one_closes(string variant)
    {
        PolicyVariant parsed = PolicyVariant.Parse(variant);
        Assert.All(
            parsed.Fragments().Values.Append(parsed.ApiPolicy()),
            text =>
            {
                Assert.DoesNotContain("x-functions-key", text, StringComparison.Ordinal);
                Assert.DoesNotContain("hx-guard-key", text, StringComparison.Ordinal);
            }
        );
        using PolicyGateway gateway = PolicyFixture.Gateway(variant, fixture.UrlFor(variant, open: true), "open");
        gateway.Token = "another.made-up.token";

        Assert.Equal((503, 0), ((await gateway.SendAsync("POST", "/v1/keys")).Status, gateway.Passed.Count));
    }

    /// <summary>The answer that tells whether a gateway asks at all must come through as it is.</summary>
    [Theory]
    [InlineData(",\"retryAfterSeconds\":3600", "3600")]
    [InlineData("", "5")]
    public async Task Canary_is_closed_in_the_guards_own_words(string retry, string header)
    {
        string body =
            $$"""{"type":"urn:hxfunctions:problem:canary","title":"Service Unavailable","status":503,"detail":"d","verdict":"closed"{{retry}}}""";
        foreach (string variant in PolicyVariant.Names.Where(name => !PolicyVariant.Parse(name).IsByRule))
        {
            fixture.StandIn.Answer = StandInServer.Say(503, body, "application/problem+json");
            using PolicyGateway gateway = PolicyFixture.Gateway(variant, fixture.StandIn.Url, "open");
            for (int times = 0; times < 2; times++)
            {
                PolicyAnswer answer = await gateway.SendAsync("GET", "/.hx/canary");

                Assert.Equal((503, body, header), (answer.Status, answer.Body, answer.Headers["Retry-After"]));
                Assert.Equal("application/problem+json", answer.Headers["Content-Type"]);
            }

            PolicyFixture.AssertAskedAbout(variant, "/.hx/canary", "GET", gateway.Callouts[0]);
        }
    }

    /// <summary>The real guard's, open as it is otherwise.</summary>
    [Theory]
    [MemberData(nameof(PolicyVariant.ByPath), MemberType = typeof(PolicyVariant))]
    public async Task Canary_of_an_open_guard_is_closed(string variant)
    {
        using PolicyGateway gateway = PolicyFixture.Gateway(variant, fixture.UrlFor(variant, open: true), "open");
        Assert.Equal(200, (await gateway.SendAsync("POST", "/v1/keys")).Status);

        foreach (string path in new[] { Canary.Path, "/.hx//canary/", "/.HX/x/../Canary", "/%2ehx/canary?x" })
        {
            PolicyAnswer answer = await gateway.SendAsync("GET", path);

            Assert.Equal(503, answer.Status);
            Assert.Contains("\"urn:hxfunctions:problem:canary\"", answer.Body, StringComparison.Ordinal);
        }
    }

    /// <summary>With the global policy's forward-request, which buffers, a stream of tokens comes in pieces of 8 KB.</summary>
    [Fact]
    public void Every_api_policy_passes_an_answer_on_as_it_comes()
    {
        string[] policies =
        [
            .. Directory
                .EnumerateFiles(PolicyVariant.Folder, "*.xml", SearchOption.AllDirectories)
                .Where(file => XElement.Load(file).Name == "policies"),
        ];
        Assert.Equal(6, policies.Length);
        Assert.All(
            policies,
            file =>
                Assert.Equal(
                    """<forward-request timeout="240" buffer-response="false" />""",
                    $"{Assert.Single(XElement.Load(file).Element("backend")!.Elements())}"
                )
        );
    }

    private static Dictionary<string, int> ElementsOf(PolicyVariant variant) =>
        Documents(variant)
            .SelectMany(document => document.Descendants())
            .Where(element => element.Name != "include-fragment")
            .GroupBy(element => element.Name.ToString())
            .ToDictionary(group => group.Key, group => group.Count());

    /// <summary>The API policy, and the one fragment that it includes.</summary>
    private static IEnumerable<XElement> Documents(PolicyVariant variant) =>
        variant
            .Fragments()
            .Where(fragment => fragment.Key == $"hx-guard-{variant.Question}")
            .Select(fragment => fragment.Value)
            .Append(variant.ApiPolicy())
            .Select(text => XElement.Parse(text));
}
