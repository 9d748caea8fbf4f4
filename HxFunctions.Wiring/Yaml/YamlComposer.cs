using YamlDotNet.Core.Events;

namespace HxFunctions.Wiring.Yaml;

/// <summary>Makes the nodes of <see cref="YamlConfig"/> as PyYAML's composer and safe constructor do, and refuses what they
/// refuse.</summary>
internal sealed class YamlComposer(string text, IReadOnlyList<ParsingEvent> events)
{
    /// <summary>Entries that merge keys may bring, in all: a file can multiply them without end.</summary>
    private const int MaxMergedEntries = 100_000;

    private readonly Dictionary<string, YamlNode?> _anchors = new(StringComparer.Ordinal);
    private int _next;
    private int _merged;

    /// <exception cref="YamlRefusedException"/>
    public YamlNode? Compose() => events.Count == 0 ? null : ComposeNode();

    private YamlNode ComposeNode()
    {
        ParsingEvent current = events[_next++];
        int offset = OffsetOf(current);
        if (current is AnchorAlias alias)
        {
            if (!_anchors.TryGetValue(alias.Value.Value, out YamlNode? target))
            {
                // Not its name: a password that begins with '*' reads so.
                throw Refuse(offset, "an alias (*name) has no anchor above it; define it, or put a value that begins with '*' in quotes");
            }

            return target ?? throw Refuse(offset, "an alias (*name) refers to a part of the file that contains it; remove it");
        }

        string? anchor = current is NodeEvent { Anchor.IsEmpty: false } node ? node.Anchor.Value : null;
        // An alias with another name has no anchor then.
        if (anchor is not null && !anchor.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            throw Refuse(
                offset,
                "this anchor (&name) has a character that LiteLLM can't read there; use ASCII letters, digits, - and _, or put a value "
                    + "that begins with '&' in quotes"
            );
        }

        if (anchor is not null && !_anchors.TryAdd(anchor, null))
        {
            throw Refuse(offset, "this anchor (&name) is defined twice, which PyYAML refuses; rename one");
        }

        YamlNode composed = current switch
        {
            Scalar scalar => ComposeScalar(scalar, offset),
            SequenceStart start => ComposeSequence(start, offset),
            MappingStart start => ComposeMapping(start, offset),
            _ => throw Refuse(offset, "the file is not valid YAML here; check the indentation and the colons"),
        };
        if (composed.Depth > YamlEvents.DeepestNesting)
        {
            throw Refuse(offset, $"the nesting is deeper than {YamlEvents.DeepestNesting} levels here, including aliases; flatten it");
        }

        if (anchor is not null)
        {
            _anchors[anchor] = composed;
        }

        return composed;
    }

    private static YamlScalarNode ComposeScalar(Scalar scalar, int offset)
    {
        string tag = TagOf(scalar);
        return new(offset, tag, scalar.Value, YamlResolver.Resolve(scalar.Value, scalar.Style, tag));
    }

    private YamlSequenceNode ComposeSequence(SequenceStart start, int offset)
    {
        List<YamlNode> items = [];
        while (events[_next] is not SequenceEnd)
        {
            items.Add(ComposeNode());
        }

        _next++;
        return new(offset, TagOf(start), items);
    }

    private YamlMappingNode ComposeMapping(MappingStart start, int offset)
    {
        List<KeyValuePair<YamlScalarNode, YamlNode>> own = [];
        HashSet<string> identities = new(StringComparer.Ordinal);
        List<KeyValuePair<YamlScalarNode, YamlNode>> merged = [];
        while (events[_next] is not MappingEnd)
        {
            ParsingEvent keyEvent = events[_next];
            int keyOffset = OffsetOf(keyEvent);
            if (ComposeNode() is not YamlScalarNode key)
            {
                throw Refuse(keyOffset, "this key is a list or a mapping, which LiteLLM can't read; use a plain key");
            }

            if (events[_next] is MappingEnd)
            {
                throw Refuse(keyOffset, "the file is not valid YAML here; check the indentation and the colons");
            }

            if (keyEvent is Scalar name)
            {
                YamlEntries.RefuseKey(text, name, events[_next]);
            }

            int valueOffset = OffsetOf(events[_next]);
            YamlNode value = ComposeNode();
            if (start.Style is MappingStyle.Flow && events[_next - 1] is SequenceEnd or MappingEnd)
            {
                YamlEntries.RefuseEnd(text, events[_next - 1]);
            }

            if (key.Kind is YamlValueKind.Merge)
            {
                foreach (KeyValuePair<YamlScalarNode, YamlNode> entry in EntriesToMerge(value, valueOffset))
                {
                    if (++_merged > MaxMergedEntries)
                    {
                        throw Refuse(valueOffset, "the merge keys add too many entries; merge less");
                    }

                    merged.Add(entry);
                }

                continue;
            }

            if (!identities.Add(YamlResolver.KeyIdentity(key.Text, key.Kind)))
            {
                throw Refuse(
                    keyOffset,
                    $"{Name(key.Text)} is in this mapping twice, and LiteLLM would silently use the last one; remove one"
                );
            }

            own.Add(new(key, value));
        }

        _next++;
        return new(offset, TagOf(start), merged.Count == 0 ? own : Merge(merged, own, identities));
    }

    /// <summary>PyYAML's order (constructor.py, flatten_mapping): in a list the first mapping wins, of several merge keys the
    /// last.</summary>
    private IEnumerable<KeyValuePair<YamlScalarNode, YamlNode>> EntriesToMerge(YamlNode value, int offset) =>
        value switch
        {
            YamlMappingNode mapping => mapping.Entries,
            YamlSequenceNode list when list.Items.All(item => item is YamlMappingNode) => list
                .Items.Reverse()
                .SelectMany(item => ((YamlMappingNode)item).Entries),
            _ => throw Refuse(offset, "the merge key << has neither a mapping nor a list of mappings here; fix it"),
        };

    private static List<KeyValuePair<YamlScalarNode, YamlNode>> Merge(
        List<KeyValuePair<YamlScalarNode, YamlNode>> merged,
        List<KeyValuePair<YamlScalarNode, YamlNode>> own,
        HashSet<string> identities
    )
    {
        Dictionary<string, KeyValuePair<YamlScalarNode, YamlNode>> distinct = new(StringComparer.Ordinal);
        foreach (KeyValuePair<YamlScalarNode, YamlNode> entry in merged)
        {
            string identity = YamlResolver.KeyIdentity(entry.Key.Text, entry.Key.Kind);
            if (!identities.Contains(identity))
            {
                distinct[identity] = entry;
            }
        }

        return [.. distinct.Values, .. own];
    }

    /// <summary>A name for a message. Only what looks like one of LiteLLM's keys is quoted: a value may stand in a key's place by
    /// mistake.</summary>
    private static string Name(string key) => key.Length is > 0 and <= 40 && key.All(c => c is '_' or (>= 'a' and <= 'z')) ? key : "a key";

    private static string TagOf(NodeEvent node) => node.Tag.IsEmpty ? "" : node.Tag.Value;

    private int OffsetOf(ParsingEvent current) => YamlEvents.Offset(text, current.Start);

    private YamlRefusedException Refuse(int offset, string message) => YamlRefusedException.At(text, offset, message);
}
