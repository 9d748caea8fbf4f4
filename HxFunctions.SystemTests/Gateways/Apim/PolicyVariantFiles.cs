namespace HxFunctions.SystemTests.Gateways.Apim;

/// <summary>
/// Makes the files of <c>infra/apim/variants</c> from those that are written by hand: the two fragments and <c>admin-api.xml</c>. In what
/// the variants differ is said here, once; in anything else they can't.
/// </summary>
internal static class PolicyVariantFiles
{
    private static readonly string[] Questions = ["by-path", "by-rule"];

    /// <summary>Text by path below <c>variants</c>.</summary>
    public static Dictionary<string, string> Make()
    {
        string api = Read("policies", "admin-api.xml");
        Dictionary<string, string> files = new() { ["uncached/admin-api.xml"] = WithPlainLimit(api) };
        foreach (string question in Questions)
        {
            string cached = Read("fragments", $"hx-guard-{question}.xml"),
                identity = WithIdentity(cached);
            string Made(string fragment, string how) =>
                Note(fragment, $"Made from fragments/hx-guard-{question}.xml, {how}: change that file.");
            files[$"uncached/hx-guard-{question}.xml"] = Made(WithoutCache(cached), "without a cache");
            files[$"identity/hx-guard-{question}.xml"] = Made(identity, "with a token in place of the key");
            files[$"uncached-identity/hx-guard-{question}.xml"] = Made(
                WithoutCache(identity),
                "without a cache and with a token in place of the key"
            );
            files[$"inline/{question}.xml"] = Inline(cached, api, question, "");
            files[$"inline-identity/{question}.xml"] = Inline(identity, api, question, " With a token in place of the key.");
        }

        return files;
    }

    /// <summary>Asks each time: no key of a cache, no look-up, nothing stored. What is in between stays, less deep.</summary>
    private static string WithoutCache(string fragment)
    {
        const string Key = "  <!--\n    By method and not only by read or write",
            Ask = "      <!-- A token of API Management's own",
            New = "      <!-- \"new\": nothing",
            Store = "      <choose>\n        <!-- Only what was recognised",
            Decide = "  <choose>\n    <when condition='@((string)context.Variables[\"hx-verdict\"] == \"open\")'>";
        string ask = fragment.Contains(Ask, StringComparison.Ordinal) ? Ask : New,
            question = Between(fragment, ask, Store);
        fragment =
            Before(fragment, Key)
            + "  <!-- Set anew: a request that fails leaves its variable as it was, perhaps by another fragment. -->\n"
            + "  <set-variable name=\"hx-answer\" value=\"none\" />\n"
            + Indented(question, -4)
            + "\n"
            + From(fragment, Decide);
        fragment = Once(fragment, "the method is part of a cache key, and a header value.", "the method is a header value.");
        return fragment.Contains("hx-rule", StringComparison.Ordinal)
            ? Once(fragment, ", and the cache holds an entry per rule and method.", ".")
            : Once(fragment, "Each path is asked about, and remembered, on its own.", "Each path is asked about on its own.");
    }

    private static string WithIdentity(string fragment)
    {
        const string New = "      <!-- \"new\": nothing",
            Key =
                """
                            <set-header name="x-functions-key" exists-action="override">
                              <value>{{hx-guard-key}}</value>
                            </set-header>

                    """;
        fragment = Once(
            fragment,
            New,
            """
                  <!-- A token of API Management's own identity, into a variable: from there it goes to the guard and nowhere else. If there is none, this throws, and that closes. -->
                  <authentication-managed-identity resource="{{hx-guard-resource}}" output-token-variable-name="hx-token" ignore-error="false" />

            """.ReplaceLineEndings("\n") + New
        );
        fragment = Once(
            fragment,
            Key.ReplaceLineEndings("\n"),
            """
                    <set-header name="Authorization" exists-action="override">
                      <value>@("Bearer " + (string)context.Variables["hx-token"])</value>
                    </set-header>

            """.ReplaceLineEndings("\n")
        );
        fragment = Once(fragment, ", and the guard's key goes nowhere else.", ".");
        return Once(
            fragment,
            "hx-guard-key, hx-guard-on-unreachable",
            "hx-guard-resource (the app registration's id), hx-guard-on-unreachable"
        );
    }

    /// <summary>The whole API policy, with the fragment's elements where it is included.</summary>
    private static string Inline(string fragment, string api, string question, string more)
    {
        const string HeadEnd = "  -->\n\n";
        string statements = From(fragment, HeadEnd)[HeadEnd.Length..],
            head = $"""
                    <!--
                      The guard {question.Replace(
                    '-',
                    ' '
                )}, element by element as in fragments/hx-guard-{question}.xml: the reference supports cache-lookup-value here, and not in a fragment.{more}
                      Made from that file and policies/admin-api.xml: change those. infra/apim/README.md has the table of what callers get.
                    -->

                """.ReplaceLineEndings(
                "\n"
            ),
            rule = question == "by-rule"
                ? "    <!-- One of the guard's rules. -->\n    <set-variable name=\"hx-rule\" value=\"/v1/keys\" />\n"
                : "";
        return Once(api, $"    {PolicyVariant.IncludeByPath}\n", head + rule + Indented(Before(statements, "</fragment>"), 2));
    }

    /// <summary>The Consumption tier has no rate-limit-by-key.</summary>
    private static string WithPlainLimit(string api)
    {
        const string Limit = "    <rate-limit-by-key ";
        string line = Between(api, Limit, "\n") + "\n";
        return Once(
            api,
            line,
            """
                <!-- Made from policies/admin-api.xml: change that. By subscription, as the Consumption tier has no rate-limit-by-key. It counts nothing where no subscription is required. -->
                <rate-limit calls="{{hx-rate-limit}}" renewal-period="60" />

            """.ReplaceLineEndings("\n")
        );
    }

    private static string Note(string fragment, string note) =>
        Once(fragment, "Other forms of this file (without a cache, inline, with a managed identity) are in infra/apim/variants.", note);

    private static string Indented(string text, int by) =>
        string.Join(
            '\n',
            text.Split('\n')
                .Select(line =>
                    line.Length == 0 ? line
                    : by > 0 ? new string(' ', by) + line
                    : line[Math.Min(-by, Spaces(line))..]
                )
        );

    private static int Spaces(string line) => line.Length - line.TrimStart(' ').Length;

    private static string Once(string text, string old, string now)
    {
        Assert.Equal(2, text.Split(old).Length);
        return text.Replace(old, now, StringComparison.Ordinal);
    }

    private static string Before(string text, string mark) => text[..At(text, mark)];

    private static string From(string text, string mark) => text[At(text, mark)..];

    private static string Between(string text, string from, string to) => Before(From(text, from), to);

    private static int At(string text, string mark)
    {
        int at = text.IndexOf(mark, StringComparison.Ordinal);
        Assert.True(at >= 0, $"There is no {mark}");
        return at;
    }

    private static string Read(params string[] path) => File.ReadAllText(Path.Combine([PolicyVariant.Folder, .. path]));
}
