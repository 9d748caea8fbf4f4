using System.Xml.Linq;

namespace HxFunctions.SystemTests.Gateways.Apim;

/// <summary>
/// The elements that the interpreter knows, with their attributes and children, as these policies use them and as
/// learn.microsoft.com/azure/api-management/NAME-policy allows it. All else is a <see cref="PolicyFault"/>.
/// </summary>
internal static class PolicySchema
{
    private const string Statements =
        "base include-fragment set-variable set-header set-query-parameter cache-lookup-value cache-store-value send-request choose "
        + "return-response rate-limit-by-key rate-limit authentication-managed-identity";

    private static readonly Dictionary<string, (string Attributes, string Children)> Known = new()
    {
        ["policies"] = ("", "inbound backend outbound on-error"),
        ["inbound"] = ("", Statements),
        ["backend"] = ("", "base forward-request"),
        ["outbound"] = ("", Statements),
        ["on-error"] = ("", Statements),
        ["fragment"] = ("", Statements),
        ["base"] = ("", ""),
        ["forward-request"] = ("timeout buffer-response", ""),
        ["include-fragment"] = ("fragment-id", ""),
        ["set-variable"] = ("name value", ""),
        ["set-header"] = ("name exists-action", "value"),
        ["set-query-parameter"] = ("name exists-action", "value"),
        ["value"] = ("", "text"),
        ["cache-lookup-value"] = ("key variable-name caching-type", ""),
        ["cache-store-value"] = ("key value duration caching-type", ""),
        ["send-request"] = ("mode response-variable-name timeout ignore-error", "set-url set-method set-header"),
        ["set-url"] = ("", "text"),
        ["set-method"] = ("", "text"),
        ["choose"] = ("", "when otherwise"),
        ["when"] = ("condition", Statements),
        ["otherwise"] = ("", Statements),
        ["return-response"] = ("", "set-status set-header set-body"),
        ["set-status"] = ("code reason", ""),
        ["set-body"] = ("", "text"),
        ["rate-limit-by-key"] = ("calls renewal-period counter-key", ""),
        ["rate-limit"] = ("calls renewal-period", ""),
        // Without a variable the token would go into the caller's own request, and on to the backend.
        ["authentication-managed-identity"] = ("resource output-token-variable-name ignore-error", ""),
    };

    /// <summary>Values that are the only ones these policies may use.</summary>
    private static readonly Dictionary<string, string[]> Fixed = new()
    {
        ["send-request/mode"] = ["new"],
        ["send-request/timeout"] = ["2"],
        ["send-request/ignore-error"] = ["true"],
        // "Values greater than 240 seconds may not be honored", and with a buffer a stream comes in pieces of 8 KB.
        ["forward-request/timeout"] = ["240"],
        ["forward-request/buffer-response"] = ["false"],
        ["cache-lookup-value/caching-type"] = ["internal"],
        ["cache-store-value/caching-type"] = ["internal"],
        ["set-header/exists-action"] = ["override", "delete"],
        ["set-query-parameter/exists-action"] = ["delete"],
        ["authentication-managed-identity/ignore-error"] = ["false"],
        ["authentication-managed-identity/output-token-variable-name"] = ["hx-token"],
    };

    /// <summary>Where an element may not stand: its own page or policy-fragments says so.</summary>
    private static readonly Dictionary<string, string[]> Outside = new()
    {
        ["base"] = ["fragment"],
        ["include-fragment"] = ["fragment"],
        ["authentication-managed-identity"] = ["backend", "outbound", "on-error"],
        ["set-query-parameter"] = ["outbound", "on-error"],
        ["rate-limit"] = ["backend", "outbound", "on-error"],
        ["rate-limit-by-key"] = ["backend", "outbound", "on-error"],
    };

    /// <summary>Looks at a whole document, the parts that no test runs among them.</summary>
    public static void Check(XElement element)
    {
        string name = element.Name.ToString();
        if (!Known.TryGetValue(name, out (string Attributes, string Children) known))
        {
            throw new PolicyFault($"<{name}> is not known.");
        }

        if (Outside.TryGetValue(name, out string[]? wrong) && element.Ancestors().Any(a => wrong.Contains(a.Name.ToString())))
        {
            throw new PolicyFault($"<{name}> may not stand here.");
        }

        if (name == "backend" && element.Elements().Count() != 1)
        {
            throw new PolicyFault("<backend> forwards once: it holds one element.");
        }

        string[] attributes = Words(known.Attributes),
            children = Words(known.Children),
            given = [.. element.Attributes().Select(a => a.Name.ToString())];
        if (given.Except(attributes).FirstOrDefault() is { } unknown)
        {
            throw new PolicyFault($"<{name}> knows no {unknown}.");
        }

        if (attributes.Except(given).FirstOrDefault() is { } missing)
        {
            throw new PolicyFault($"<{name}> needs {missing}.");
        }

        foreach (XAttribute attribute in element.Attributes())
        {
            if (Fixed.TryGetValue($"{name}/{attribute.Name}", out string[]? values) && !values.Contains(attribute.Value))
            {
                throw new PolicyFault($"<{name} {attribute.Name}> may not be {attribute.Value}.");
            }
        }

        if (!children.Contains("text") && element.Nodes().OfType<XText>().Any(text => !string.IsNullOrWhiteSpace(text.Value)))
        {
            throw new PolicyFault($"<{name}> holds text.");
        }

        foreach (XElement child in element.Elements())
        {
            if (!children.Contains(child.Name.ToString()))
            {
                throw new PolicyFault($"<{name}> may not hold <{child.Name}>.");
            }

            Check(child);
        }
    }

    /// <summary>
    /// Whether the pages of cache-lookup-value and cache-store-value support what the document does with them: both "can only be used once
    /// in a policy section", the first is "not supported inside a policy fragment". Microsoft's own samples do both
    /// (Azure-Samples/AI-Gateway issue 404).
    /// </summary>
    public static bool UsesTheCacheAsTheReferenceSupportsIt(XElement document) =>
        document.Name == "fragment"
            ? !document.Descendants("cache-lookup-value").Any()
            : document.Elements().All(section => IsUsedOnce(section, "cache-lookup-value") && IsUsedOnce(section, "cache-store-value"));

    private static bool IsUsedOnce(XElement section, string name) => section.Descendants(name).Take(2).Count() < 2;

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
