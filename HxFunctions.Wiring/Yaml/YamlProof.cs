using System.Runtime.CompilerServices;
using YamlDotNet.Core;
using YamlDotNet.Core.Tokens;

namespace HxFunctions.Wiring.Yaml;

/// <summary>
/// Whether an edited text differs from the one before at the intended paths alone. It knows nothing of positions: it makes the settings in
/// the values that LiteLLM would see and compares those with what LiteLLM would see now.
/// </summary>
internal static class YamlProof
{
    /// <summary>The edited file, or null when it is not what was meant.</summary>
    public static YamlConfig? Prove(YamlConfig before, string afterText, IEnumerable<YamlSetting> settings)
    {
        YamlNode? expected = before.Root;
        foreach (YamlSetting setting in settings)
        {
            expected = With(expected, setting.Path.Keys, 0, setting.Value);
            if (expected is null)
            {
                return null;
            }
        }

        return Compare(before, expected, afterText);
    }

    /// <summary>The same for keys that were taken out.</summary>
    public static YamlConfig? ProveRemoval(YamlConfig before, string afterText, IEnumerable<YamlPath> paths) =>
        Compare(before, paths.Aggregate(before.Root, (node, path) => Without(node, path.Keys, 0)), afterText);

    private static YamlConfig? Compare(YamlConfig before, YamlNode? expected, string afterText)
    {
        try
        {
            YamlConfig after = YamlConfig.Load(afterText);
            return
                after.Root is not null
                && expected is not null
                && new Comparison().AreSame(expected, after.Root)
                && Comments(before.Text).SequenceEqual(Comments(afterText))
                ? after
                : null;
        }
        catch (YamlRefusedException)
        {
            return null;
        }
    }

    /// <summary>A copy without the key at the path's end; what isn't on the path is shared.</summary>
    private static YamlNode? Without(YamlNode? node, IReadOnlyList<string> keys, int depth) =>
        node is not YamlMappingNode mapping
            ? node
            : new YamlMappingNode(
                0,
                mapping.Tag,
                [
                    .. mapping
                        .Entries.Where(e => depth + 1 < keys.Count || !Is(e.Key, keys[depth]))
                        .Select(e => Is(e.Key, keys[depth]) ? KeyValuePair.Create(e.Key, Without(e.Value, keys, depth + 1)!) : e),
                ]
            );

    private static bool Is(YamlScalarNode key, string name) => key.Kind is YamlValueKind.String && key.Text == name;

    /// <summary>A copy with one value set; what isn't on the path is shared. Null where the path meets a list or a value.</summary>
    private static YamlNode? With(YamlNode? node, IReadOnlyList<string> keys, int depth, YamlScalar value)
    {
        if (depth == keys.Count)
        {
            return node is YamlMappingNode or YamlSequenceNode
                ? null
                : new YamlScalarNode(
                    0,
                    "",
                    value.Text,
                    value.Kind switch
                    {
                        YamlScalarKind.String => YamlValueKind.String,
                        YamlScalarKind.Boolean => YamlValueKind.Boolean,
                        YamlScalarKind.Float => YamlValueKind.Float,
                        _ => YamlValueKind.Integer,
                    }
                );
        }

        YamlMappingNode? mapping = node as YamlMappingNode;
        if (mapping is null && node is not (null or YamlScalarNode { Kind: YamlValueKind.Null }))
        {
            return null;
        }

        YamlNode? child = With(mapping?.Find(keys[depth]), keys, depth + 1, value);
        if (child is null)
        {
            return null;
        }

        List<KeyValuePair<YamlScalarNode, YamlNode>> entries = [.. mapping?.Entries ?? []];
        int at = entries.FindIndex(e => e.Key.Kind is YamlValueKind.String && e.Key.Text == keys[depth]);
        if (at < 0)
        {
            entries.Add(new(new(0, "", keys[depth], YamlValueKind.String), child));
        }
        else
        {
            entries[at] = new(entries[at].Key, child);
        }

        return new YamlMappingNode(0, mapping?.Tag ?? "", entries);
    }

    /// <summary>The scanner's comments, in order: none may vanish into a value.</summary>
    private static List<string> Comments(string text)
    {
        List<string> comments = [];
        try
        {
            Scanner scanner = new(YamlEvents.Open(text), skipComments: false);
            while (scanner.MoveNext())
            {
                if (scanner.Current is Comment comment)
                {
                    comments.Add(comment.Value);
                }
            }
        }
        catch (YamlException)
        {
            // The parser has read this text without comments; where the scanner can't with them, the sequences end alike or differ.
            comments.Add("\0");
        }

        return comments;
    }

    /// <summary>Deep equality of values and types. Shared nodes are compared once for each pair, so that aliases of aliases don't
    /// multiply.</summary>
    private sealed class Comparison
    {
        private readonly HashSet<(Same, Same)> _same = [];

        public bool AreSame(YamlNode left, YamlNode right)
        {
            if (left.Tag != right.Tag)
            {
                return false;
            }

            switch (left, right)
            {
                case (YamlScalarNode one, YamlScalarNode other):
                    return one.Kind == other.Kind
                        && YamlResolver.Canonical(one.Text, one.Kind) == YamlResolver.Canonical(other.Text, other.Kind);
                case (YamlSequenceNode one, YamlSequenceNode other):
                    return one.Items.Count == other.Items.Count
                        && (
                            _same.Contains((new(one), new(other)))
                            || (
                                one.Items.Zip(other.Items).All(pair => AreSame(pair.First, pair.Second))
                                && _same.Add((new(one), new(other)))
                            )
                        );
                case (YamlMappingNode one, YamlMappingNode other):
                    return one.Entries.Count == other.Entries.Count
                        && (
                            _same.Contains((new(one), new(other)))
                            || (
                                one.Entries.All(e => other.FindSame(e.Key) is { } value && AreSame(e.Value, value))
                                && _same.Add((new(one), new(other)))
                            )
                        );
                default:
                    return false;
            }
        }

        /// <summary>Equal by reference.</summary>
        private readonly record struct Same(YamlNode Node)
        {
            public bool Equals(Same other) => ReferenceEquals(Node, other.Node);

            public override int GetHashCode() => RuntimeHelpers.GetHashCode(Node);
        }
    }
}
