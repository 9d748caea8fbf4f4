using HxFunctions.Core.Routing;

namespace HxFunctions.Tests.Routing;

/// <summary>Tables of what callers try in order to get past a guard. In them <c>\uXXXX</c> stands for the character itself.</summary>
public class RouteMatcherHostileTests
{
    private static readonly RouteMatcher Matcher = new(DefaultRules.Prefixes, null);

    /// <summary>Ways to write /v1/keys, one a line.</summary>
    private const string Keys = """
        /v1/keys
        /V1/KEYS
        /v1/kEyS/
        /v1/keys//
        /v1/keys?x=y
        /v1/keys?
        /v1/keys/?a=/../..
        /v1/keys#x
        /v1/keys#x/y
        /v1/keys%23x
        /v1/keys%3fx
        /v1/keys%253fx/y
        /v1/keys;x
        /v1/keys;x=y/z
        /v1/keys;
        /v1/keys.
        /v1/keys...
        /v1/keys.?x
        /v1/keys+?x
        /v1/keys/.?x
        /v1/keys%20
        /v1/%20keys
        /%20v1/keys
        /+v1/keys
        /v1/+keys
        /v1/%20%2b%20keys.%20
        /v1/++keys?x
        /v1/keys%2520
        /v1/keys+
        /v1/keys%2b
        /v1/keys.%20.
        /v1/keys%20/abc
        /v1/keys/.
        /v1/keys/..
        /v1/keys/../models
        //v1/keys
        ///v1///keys
        /v1//keys
        /v1/./keys
        /./v1/./keys/.
        /v1/%2e/keys
        /v1/. /keys
        /v1/+/keys
        /v1/%20/keys
        /v1/x/../keys
        /v1/x/%2e%2e/keys
        /v1/x/.%2e/keys
        /v1/x/%252e%252e/keys
        /v1/x/..%2fkeys
        /v1/x/..%252fkeys
        /v1/x%2f..%2fkeys
        /v1/x%2fy/../keys
        /v1/x/y/..%5c../keys
        /v1/x/.. /keys
        /v1/x/..;/keys
        /v1/x/..;a=b/keys
        /v1/x/..%3ba%2fb/keys
        /v1/x/.%20./keys
        /v1/x/%c0%ae%c0%ae/keys
        /v1/x/%e0%80%ae%e0%80%ae/keys
        /v1/x/\u2025/keys
        /v1/x/%e2%80%a5/keys
        /v1/x/\uff0e\uff0e/keys
        /v1/x/\u2024\u2024/keys
        /../v1/keys
        /%2e%2e/v1/keys
        /a/../../v1/keys
        /a/b/../../v1/keys
        /keys/../v1/keys
        /v1/models/../../v1/keys
        \v1\keys
        /v1\keys
        /v1%5ckeys
        /v1%255ckeys
        /v1/x\..\keys
        /v1\uff3ckeys
        /v1%2fkeys
        /v1%2Fkeys
        %2fv1%2fkeys
        /v1%252fkeys
        /v1%25252fkeys
        /v1%2525252fkeys
        /v1%c0%afkeys
        /v1%e0%80%afkeys
        /v1%f0%80%80%afkeys
        /v1%25c0%25afkeys
        /v1%c1%9ckeys
        /v1\uff0fkeys
        /v1%ef%bc%8fkeys
        /v1%25ef%25bc%258fkeys
        /v1\uff05\uff12\uff46keys
        /v1%ef%bc%852fkeys
        /v1%c0%a52fkeys
        /%761/keys
        /%76%31/%6b%65%79%73
        /v1/%6beys
        /v1/%4Beys
        /v1/%256beys
        /v1/%25%36%62eys
        /v1/%2525256beys
        /v1/%c1%abeys
        /v1/%e0%81%abeys
        /v1/\uff4beys
        /v1/\uff2b\uff25\uff39\uff33
        /v1/\u212aeys
        /v1/%e2%84%aaeys
        /v1/key\u017f
        /v1/key%c5%bf
        /v1/\u24d4\u24da/../\u24da\u24d4\u24e8\u24e2
        /v1/\ud835\udc24eys
        /v1/%f0%9d%90%a4eys
        /v1/k\u200beys
        /v1/k%c2%adeys
        /v1/%ef%bb%bfkeys
        /v\u00b9/keys
        /v\u2460/keys
        /v1;x/keys
        /v1;a=b;c=d/keys;e
        /;x/v1/keys
        /v1/;x/keys
        /v1;a%2fb/keys
        /v1/;a%2fb/keys
        /v1;a%2f..%2fb/keys
        /v1;a\b\c/keys
        /v1;a\uff0fb/keys
        /v1%3ba%2fb/keys
        /v1;a%3fb/keys
        /v1;a#b/keys
        /v1;%2fx%2fy%2fz/keys
        /v1\uff1bx/keys
        v1/keys
        ./v1/keys
        ../v1/keys
        ;x/v1/keys
        http://host/v1/keys
        HTTPS://user@host:8443/v1/keys?x
        http://host//v1/keys
        http://host/a/../v1/keys
        http:%2f%2fhost/v1/keys
        http%3a//host/v1/keys
        http:\\host\v1\keys
        http:/v1/keys
        http:/host/v1/keys
        http:///v1/keys
        http:;x//host/v1/keys
        http://ho%2fst/v1/keys
        http\uff1a//host/v1/keys
        x-y+z.1://host/v1/keys
        //host/v1/keys
        //host:80/v1/keys
        //host;x/v1/keys
        //ho%2fst/v1/keys
        //ho%3fst/v1/keys
        //ho\st/v1/keys
        //ho\uff0fst/v1/keys
        \\host\v1\keys
        %2f%2fhost/v1/keys
        %2fhost/v1/keys
        /%2fhost/v1/keys
        /%5chost/v1/keys
        /a/..//host/v1/keys
        /.//host/v1/keys
        //a//b/v1/keys
        """;

    /// <summary>Ways to write /key/generate, one a line.</summary>
    private const string KeyGenerate = """
        /key/generate
        /Key/Generate
        /KEY/GENERATE/
        //key//generate
        /key%2fgenerate
        /key%5Cgenerate
        /key\generate
        %5ckey%5cgenerate
        /key/./generate
        /v1/../key/generate
        /v1/%2e%2e/key/generate
        /v1/%2e%2e%2fkey/generate
        /v1/..%5ckey/generate
        /v1/chat/../../key/generate
        /v1/chat%2f..%2f../key/generate
        /key/x/../generate
        /key/generate/../info
        /key;jsessionid=1/generate
        /key;a/b/../generate
        /key./generate
        /key%20/generate
        /key%2e/generate
        /%6bey/generate
        /%6B%65%79/generate
        /%256bey/generate
        /%25256bey/generate
        /%2525256bey/generate
        /\uff4b\uff45\uff59/generate
        /\u212aey/generate
        /%e2%84%aaey/generate
        /ke\uff39/generate
        /\u24da\u24d4\u24e8/generate
        /\u2100/../key/generate
        /k%cd%8fey/generate
        \uff0fkey\uff0fgenerate
        %c0%afkey%c0%afgenerate
        key/generate
        key
        /key?
        /key#
        http://h/key/generate
        ftp://h:1/key/generate
        //h/key/generate
        https://h/v1/../key/generate
        https:\\h\key/generate
        /%3f/../key/generate
        /x%23y/../key/generate
        """;

    private const string Undecidable = """
        /%
        /v1/models/%
        /v1/models/%4
        /v1/models/%zz
        /v1/models/100%
        /v1/models/%%41
        /v1/%u002fkeys
        /v1/%25u002fkeys
        /v1/%25252525u002fkeys
        /\u0000
        /v1/\u0009models
        /v1/models\u000a
        /\u007f
        /\u0085
        /\u009f
        /%00
        /%09
        /%0a
        /%0D%0A
        /%7f
        /%c2%85
        /%2500
        /%25252500
        /%c0%80
        /%e0%80%8d
        /%25252525252e
        /%2525252541
        /%252525252541
        /x\uff052525252541
        /%ff
        /%80
        /%c3
        /%c3x
        /%c3/
        /%c3%
        /%c3%28
        /%c3\u00a9
        /%e2%82
        /%f0%90%28%bc
        /%f8%80%80%80%af
        /%f8%80%80%af
        /%bf%af
        /%ff%af
        /%ed%a0%80
        /%ed%a0%80%ed%b0%80
        /%f4%90%80%80
        /%25ff
        /\ud800
        /\udc00x
        /\ud800\ud800
        /\u00c3\u00a9
        /\u00c0\u00af
        /v1/caf\u00c3\u00a9/x
        /\u00ef\u00bc\u008f
        /\u00c3\u00bf
        /\u00f7\u00a9
        """;

    public static TheoryData<string> AllKeys => Lines(Keys);

    public static TheoryData<string> AllKeyGenerate => Lines(KeyGenerate);

    public static TheoryData<string> AllUndecidable => Lines(Undecidable);

    [Theory]
    [MemberData(nameof(AllKeys))]
    public void V1_keys_is_recognised(string path) =>
        Assert.Contains("/v1/keys", RouteMatcherTests.MatchedPrefixes(Matcher, RouteMatcherTests.Unescape(path)));

    [Theory]
    [MemberData(nameof(AllKeyGenerate))]
    public void Key_generate_is_recognised(string path) =>
        Assert.Contains("/key", RouteMatcherTests.MatchedPrefixes(Matcher, RouteMatcherTests.Unescape(path)));

    [Theory]
    [MemberData(nameof(AllUndecidable))]
    public void Undecidable_path_counts_for_every_rule(string path)
    {
        ulong[] matched = new ulong[Matcher.WordCount];

        Assert.False(Matcher.TryMatch(RouteMatcherTests.Unescape(path), matched));
        Assert.Equal((1UL << DefaultRules.Prefixes.Count) - 1, matched[0]);
    }

    /// <summary>Where it is clear how servers read an odd path, it isn't closed for being odd.</summary>
    [Theory]
    [InlineData("/v1%3fx/keys")]
    [InlineData("/v1#x/keys")]
    [InlineData("/v1;x/y/keys")]
    [InlineData("//host/x/v1/keys")]
    [InlineData("//host;x/y/v1/keys")]
    [InlineData("http://host/x/v1/keys")]
    [InlineData("/x/http://host/v1/keys")]
    [InlineData("/x//host/v1/keys")]
    [InlineData("/v1/x%2fkeys")]
    [InlineData("/v1/models/../models%2fkeys")]
    [InlineData("/v1/k%20eys")]
    [InlineData("/v1/..keys")]
    [InlineData("/v1/#/keys")]
    [InlineData("/v1/%3f/keys")]
    [InlineData("/v1/x/%20%20/keys")]
    [InlineData("?/../v1/keys")]
    [InlineData("/x%25u002")]
    public void Odd_path_without_a_guarded_reading_matches_nothing(string path) =>
        Assert.Empty(RouteMatcherTests.MatchedPrefixes(Matcher, path));

    [Theory]
    [InlineData("/", 8192, true)]
    [InlineData("/", 8193, false)]
    [InlineData("/%41", 8192, true)]
    [InlineData("/%41", 8193, false)]
    [InlineData("/\u2026", 8192, true)]
    public void Path_over_8192_characters_without_its_query_is_undecidable(string start, int length, bool decided)
    {
        string path = start.PadRight(length, start[^1] == '/' ? 'a' : start[^1]);

        Assert.Equal(decided, Matcher.TryMatch(path, new ulong[1]));
        Assert.Equal(decided, Matcher.TryMatch(path + "?" + new string('q', 9000), new ulong[1]));
    }

    [Fact]
    public void Mojibake_and_controls_in_the_query_do_not_matter()
    {
        Assert.Empty(RouteMatcherTests.MatchedPrefixes(Matcher, "/v1/models?\u00c3\u00a9\0%zz/../v1/keys"));
        Assert.Empty(RouteMatcherTests.MatchedPrefixes(Matcher, "/v1/caf%c3%a9?\u00c3\u00a9\0%zz/../v1/keys"));
    }

    // As written: test runners don't carry lone surrogates and control characters through.
    private static TheoryData<string> Lines(string table) => [.. table.Split('\n')];
}
