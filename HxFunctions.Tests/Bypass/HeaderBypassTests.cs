using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;

namespace HxFunctions.Tests.Bypass;

/// <summary>
/// What a client adds beside what the gateway says never opens what is closed. <c>/v1/keys</c> is closed here. The gateway's own words come
/// first in each line or last: which of two counts must not decide.
/// </summary>
public class HeaderBypassTests(FailingSurface surface) : IClassFixture<FailingSurface>
{
    private static readonly string[] Families = ["Original", "Forwarded"];

    /// <summary>{F} stands for the family's word.</summary>
    private static readonly (string Said, string Added)[] Headers =
    [
        ("X-{F}-Uri: /v1/keys", "X-{F}-Uri: /v1/models"),
        ("X-{F}-Uri: /v1/keys", "x-{F}-uri: /v1/models"),
        ("X-{F}-Uri: /v1/keys", "X-{F}-URI: /v1/keys"),
        ("X-{F}-Uri: /v1/keys", "X-{F}-Uri:"),
        ("X-{F}-Uri: /v1/keys", "X-{F}-Uri: ,"),
        ("X-{F}-Uri: /v1/keys", "X-{F}-Uri : /v1/models"),
        ("X-{F}-Uri: /v1/keys", " X-{F}-Uri: /v1/models"),
        ("X-{F}-Uri: /v1/keys", "X_{F}_Uri: /v1/models"),
        ("X-{F}-Uri: /v1/keys", "X-{F}-Url: /v1/models"),
        ("X-{F}-Uri: /v1/keys", "X-{F}-Path: /v1/models"),
        ("X-{F}-Uri: /v1/keys", "X-Rewrite-Url: /v1/models"),
        ("X-{F}-Uri: /v1/keys", "X-Forwarded-Prefix: /v1/models/x/../.."),
        ("X-{F}-Uri: /v1/keys", "X-Envoy-Original-Path: /v1/models"),
        ("X-{F}-Uri: /v1/keys", "X-Forwarded-Host: gateway/v1/models?"),
        ("X-{F}-Uri: /v1/keys", "Forwarded: for=1;host=x;proto=https"),
        ("X-{F}-Uri: /v1/keys", "X-{F}-Method: OPTIONS"),
        ("X-{F}-Uri: /v1/keys", "X-{F}-Method: GET, POST"),
        ("X-{F}-Uri: /v1/keys", "X-{F}-Method:"),
        ("X-{F}-Uri: /v1/keys", "X-{F}-Method: nonsense"),
        ("X-{F}-Uri: /v1/keys", "X-HTTP-Method-Override: OPTIONS"),
        ("X-{F}-Uri: /v1/keys", "X-HTTP-Method: GET"),
        ("X-{F}-Uri: /v1/keys", "X-Method-Override: HEAD"),
        // A hop that makes one header of two joins them with a comma, with and without a space; either may be the client's. Behind a query
        // a comma without a space is the query's own, as URLs in it have one: gateways replace these headers, and don't add to them.
        ("X-{F}-Uri: /v1/keys, /v1/models", "Accept: */*"),
        ("X-{F}-Uri: /v1/models, /v1/keys", "Accept: */*"),
        ("X-{F}-Uri: /v1/keys,/v1/models", "Accept: */*"),
        ("X-{F}-Uri: /v1/models,/v1/keys", "Accept: */*"),
        ("X-{F}-Uri: /v1/models?x=y, /v1/keys", "Accept: */*"),
        ("X-{F}-Uri: /v1/models,/v1/chat,/v1/keys?x", "Accept: */*"),
        ("X-{F}-Uri: /v1/models,http://gateway/v1/keys", "Accept: */*"),
        ("X-{F}-Uri: https://gateway/v1/models,HTTPS://gateway/v1/keys", "Accept: */*"),
        ("X-{F}-Uri: /v1/keys,nonsense", "Accept: */*"),
        ("X-{F}-Uri: /v1/keys?x,*", "Accept: */*"),
        ("X-{F}-Uri: ,/v1/keys", "Accept: */*"),
        ("X-{F}-Uri: /v1/models%2c/v1/keys,/v1/keys", "Accept: */*"),
    ];

    public static TheoryData<string, string> Pairs
    {
        get
        {
            TheoryData<string, string> pairs = [];
            foreach (string family in Families)
            {
                foreach ((string said, string added) in Headers)
                {
                    pairs.Add(Of(said), Of(added));
                    pairs.Add(Of(added), Of(said));
                }

                string Of(string header) => header.Replace("{F}", family, StringComparison.Ordinal);
            }

            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Second_header_opens_nothing(string first, string second)
    {
        foreach (string route in new[] { "/guard", "/guard/check" })
        {
            RawResponse answer = await surface.Instance.RawAsync($"GET {route}", first, second);

            Assert.True(answer.Status is 400 or 403 or 503, $"{answer.Status} from {route}");
        }
    }

    [Theory]
    [InlineData("?path=/v1/keys&path=/v1/models")]
    [InlineData("?path=/v1/models&path=/v1/keys")]
    [InlineData("?path=/v1/keys&PATH=/v1/models")]
    [InlineData("?path=/v1/keys&p%61th=/v1/models")]
    [InlineData("?path=/v1/keys&path=")]
    [InlineData("?path=&path=/v1/keys")]
    [InlineData("?path=/v1/keys&path[]=/v1/models")]
    [InlineData("?path=/v1/keys&path%00=/v1/models")]
    [InlineData("?path=/v1/keys;path=/v1/models")]
    [InlineData("?path=/v1/keys&method=GET&method=POST")]
    [InlineData("?path=/v1/keys&method=GET&Method=OPTIONS")]
    [InlineData("?path=/v1/keys&method=POST&_method=GET")]
    [InlineData("?path=/v1/keys", "X-HTTP-Method-Override: GET")]
    [InlineData("?path=/v1/keys", "X-Original-URI: /v1/models")]
    [InlineData("?path=/v1/models", "X-Original-URI: /v1/keys")]
    [InlineData("?path=/v1/models", "X-Forwarded-Uri: /v1/keys")]
    [InlineData("?path=/v1/keys", "X-Forwarded-Uri:")]
    [InlineData("?path=/v1/keys", "X-Original-Method: GET")]
    [InlineData("", "X-Original-URI: /v1/keys", "X-Forwarded-Uri: /v1/models")]
    [InlineData("", "X-Forwarded-Uri: /v1/models", "X-Original-URI: /v1/keys")]
    [InlineData("", "X-Original-URI: /v1/keys", "X-Forwarded-Method: GET")]
    [InlineData("", "X-Original-URI: /v1/keys", "X-Original-Method: GET", "X-Original-Method: GET")]
    public async Task Second_parameter_or_family_opens_nothing(string query, params string[] headers)
    {
        RawResponse answer = await surface.Instance.RawAsync($"GET /guard{query}", headers);

        Assert.True(answer.Status is 400 or 503, $"{answer.Status}");
    }

    /// <summary>Commas are common in paths and queries: they close nothing by themselves.</summary>
    [Theory]
    [InlineData("/v1/models/x,y")]
    [InlineData("/v1/models/a,b,c?x=1,2")]
    [InlineData("/v1/search?paths=/a,/b,/c")]
    [InlineData("/v1/models,/v1/chat")]
    [InlineData("/v1/images?urls=http://a/x,http://b/y")]
    [InlineData("/v1/models?tags=x,keys")]
    public async Task Comma_closes_nothing(string path)
    {
        foreach (string family in Families)
        {
            Assert.Equal(200, (await surface.Instance.RawAsync("GET /guard", $"X-{family}-Uri: {path}")).Status);
        }
    }
}
