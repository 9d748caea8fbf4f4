using System.Globalization;
using System.Text.RegularExpressions;
using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>The top of a LiteLLM configuration: what it is known by.</summary>
internal static partial class LiteLlmSections
{
    private const string TagPrefix = "tag:yaml.org,2002:";

    /// <summary>Keys that LiteLLM reads there (litellm/proxy/proxy_server.py, load_config and what it calls; 1.74.4 to 1.81.9), and that
    /// are hardly anyone else's.</summary>
    private static readonly string[] Own =
    [
        "model_list",
        "litellm_settings",
        "general_settings",
        "router_settings",
        "environment_variables",
        "callback_settings",
        "mcp_tools",
        "vector_store_registry",
        "credential_list",
        "files_settings",
        "finetune_settings",
        "assistant_settings",
        "search_tools",
        "agent_list",
        "policy_attachments",
        "default_vertex_config",
    ];

    /// <summary>Keys that LiteLLM reads there, and that other formats have, too: they count if no unknown key stands beside them.</summary>
    private static readonly string[] Common = ["include", "guardrails", "mcp_servers", "prompts", "policies"];

    /// <summary>Formats that carry a LiteLLM configuration or look like one, by keys that LiteLLM doesn't know.</summary>
    private static readonly (string[] Keys, string Name)[] OtherFormats =
    [
        (["apiVersion", "kind"], "a Kubernetes manifest"),
        (["services"], "a Compose file"),
        (["on", "jobs"], "a GitHub workflow"),
        (["stages"], "a GitLab pipeline"),
        (["proxy_config"], "Helm values (LiteLLM's chart has its configuration under proxy_config)"),
        (["replicaCount"], "Helm values"),
        (["image", "service"], "Helm values"),
    ];

    /// <returns>What is wrong with the file as a LiteLLM configuration, as a phrase that follows its path; <see langword="null"/>:
    /// nothing.</returns>
    public static string? Problem(YamlConfig config)
    {
        if (config.Root is not YamlMappingNode { Entries.Count: > 0 } root)
        {
            return null;
        }

        bool Has(string key) => root.Entries.Any(e => e.Key.Text == key);
        (_, string? name) = Array.Find(OtherFormats, format => format.Keys.All(Has));
        return name is not null ? $"is {name}, not a LiteLLM configuration: use the file that LiteLLM is started with (--config)"
            : !Own.Any(Has) && !root.Entries.All(e => Common.Contains(e.Key.Text))
                ? $"is not a LiteLLM configuration: it has none of LiteLLM's sections ({string.Join(", ", Own.Take(4))}, …)"
            : Unreadable(config);
    }

    /// <summary>
    /// A key or value at which PyYAML's safe loader raises an error (lib/yaml/constructor.py, SafeConstructor): of a tag of someone's own,
    /// <c>=</c> alone, a date that there is not, a number without a digit, <c>!!binary</c> that isn't Base64.
    /// </summary>
    /// <returns>A phrase that follows the file's path; <see langword="null"/>: there is none.</returns>
    public static string? Unreadable(YamlConfig config)
    {
        foreach ((YamlNode node, bool isKey) in config.Nodes())
        {
            if (WhyUnreadable(node, isKey) is { } why)
            {
                return $"has a {(isKey ? "key" : "value")} in line {config.LineOf(node)} that LiteLLM can't read, so it would not "
                    + $"start: {why}";
            }
        }

        return null;
    }

    private static string? WhyUnreadable(YamlNode node, bool isKey) =>
        node switch
        {
            YamlScalarNode { Kind: YamlValueKind.Other, Text: "=", Tag: "" } when isKey => null,
            YamlScalarNode { Tag: TagPrefix + "binary" } bytes => IsBase64(bytes.Text) ? null : "this is not Base64",
            YamlScalarNode { Kind: YamlValueKind.Other } => "fix its tag, or put it in quotes",
            YamlScalarNode { Kind: YamlValueKind.Timestamp } date when !IsDate(date.Text) => "this date does not exist; put it in quotes",
            YamlScalarNode { Kind: YamlValueKind.Integer } number when HasNoDigit(number.Text) =>
                "this number has no digits; put it in quotes",
            YamlMappingNode when !(node.Tag is "" or "!" or TagPrefix + "map" or TagPrefix + "set") => "fix its tag",
            YamlSequenceNode list when !IsSequence(list) => "fix its tag",
            _ => null,
        };

    /// <summary>Lists of pairs have mappings of one entry.</summary>
    private static bool IsSequence(YamlSequenceNode list) =>
        list.Tag is "" or "!" or TagPrefix + "seq"
        || (list.Tag is TagPrefix + "omap" or TagPrefix + "pairs" && list.Items.All(item => item is YamlMappingNode { Entries.Count: 1 }));

    /// <summary><c>0x_</c>: Python's <c>int("", 16)</c>.</summary>
    private static bool HasNoDigit(string text) => text.Replace("_", "", StringComparison.Ordinal).TrimStart('-', '+') is "0x" or "0b";

    /// <summary>As Python's <c>base64.decodebytes</c> takes it: what isn't of the alphabet is passed over.</summary>
    private static bool IsBase64(string text)
    {
        if (!text.All(char.IsAscii))
        {
            return false;
        }

        int inGroup = 0;
        int padding = 0;
        foreach (char c in text)
        {
            if (c is '=' && inGroup + ++padding >= 4 && inGroup >= 2)
            {
                return true;
            }

            if (char.IsAsciiLetterOrDigit(c) || c is '+' or '/')
            {
                inGroup = (inGroup + 1) % 4;
                padding = 0;
            }
        }

        return inGroup == 0;
    }

    /// <summary>As Python's <c>datetime</c> takes it.</summary>
    private static bool IsDate(string text)
    {
        int[] parts = [.. Numbers().Matches(text).Take(6).Select(m => int.Parse(m.Value, CultureInfo.InvariantCulture))];
        return parts[0] > 0
            && parts[1] is >= 1 and <= 12
            && parts[2] >= 1
            && parts[2] <= DateTime.DaysInMonth(parts[0], parts[1])
            && (parts.Length < 6 || (parts[3] < 24 && parts[4] < 60 && parts[5] < 60 && !ZoneOfADayOrMore().IsMatch(text)));
    }

    [GeneratedRegex(@":[0-9.]+[ \t]*[-+](?:2[4-9]|[3-9][0-9])(?::[0-9]{2})?\z")]
    private static partial Regex ZoneOfADayOrMore();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Numbers();
}
