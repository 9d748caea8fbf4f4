using System.Xml.Linq;

namespace HxFunctions.SystemTests.Gateways.Apim;

/// <summary>The elements that the interpreter knows, with their attributes (optional ones in brackets) and children. All else is a
/// <see cref="PolicyFault"/>.</summary>
internal static class PolicySchema
{
    private const string Statements =
        "base include-fragment set-variable set-header cache-lookup-value cache-store-value send-request choose "
        + "return-response rate-limit-by-key";

    private static readonly Dictionary<string, (string Attributes, string Children)> Known = new()
    {
        ["policies"] = ("", "inbound backend outbound on-error"),
        ["inbound"] = ("", Statements),
        ["backend"] = ("", "base"),
        ["outbound"] = ("", Statements),
        ["on-error"] = ("", Statements),
        ["fragment"] = ("", Statements),
        ["base"] = ("", ""),
        ["include-fragment"] = ("fragment-id", ""),
        ["set-variable"] = ("name value", ""),
        ["set-header"] = ("name exists-action", "value"),
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
    };

    /// <summary>Values that are the only ones these policies may use.</summary>
    private static readonly Dictionary<string, string[]> Fixed = new()
    {
        ["send-request/mode"] = ["new"],
        ["send-request/timeout"] = ["2"],
        ["send-request/ignore-error"] = ["true"],
        ["cache-lookup-value/caching-type"] = ["internal"],
        ["cache-store-value/caching-type"] = ["internal"],
        ["set-header/exists-action"] = ["override", "delete"],
    };

    /// <summary>Looks at a whole document, the parts that no test runs among them.</summary>
    public static void Check(XElement element)
    {
        string name = element.Name.ToString();
        if (!Known.TryGetValue(name, out (string Attributes, string Children) known))
        {
            throw new PolicyFault($"<{name}> is not known.");
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

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
