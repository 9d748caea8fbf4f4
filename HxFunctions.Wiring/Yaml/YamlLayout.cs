using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace HxFunctions.Wiring.Yaml;

/// <summary>
/// Where everything stands in a file that <see cref="YamlConfig"/> has read. YamlDotNet's marks are taken only where they are exact: the
/// begin of any node, the end of a scalar and of an alias. Its end of a block mapping is the next token, its end of a flow one the begin of
/// the bracket, its end of an empty scalar with an anchor the next token.
/// </summary>
internal sealed class YamlLayout
{
    private readonly string _text;
    private readonly IReadOnlyList<ParsingEvent> _events;
    private readonly Dictionary<string, YamlPlace> _anchors = new(StringComparer.Ordinal);
    private int _next;

    private YamlLayout(YamlConfig config)
    {
        _text = config.Text;
        _events = config.Events;
        Root = _events.Count == 0 ? null : ReadPlace();
    }

    /// <summary>Null when the file has no document.</summary>
    public YamlPlace? Root { get; }

    /// <exception cref="YamlRefusedException"/>
    public static YamlLayout Read(YamlConfig config) => new(config);

    private YamlPlace ReadPlace()
    {
        ParsingEvent current = _events[_next++];
        int start = YamlEvents.Offset(_text, current.Start);
        YamlPlace place = current switch
        {
            AnchorAlias alias => ReadAlias(alias, start),
            Scalar scalar => ReadScalar(scalar, start),
            SequenceStart sequence => new()
            {
                Kind = YamlPlaceKind.Sequence,
                Start = start,
                Anchor = AnchorOf(sequence),
                HasTag = !sequence.Tag.IsEmpty,
                IsFlow = sequence.Style is SequenceStyle.Flow,
            },
            MappingStart mapping => new()
            {
                Kind = YamlPlaceKind.Mapping,
                Start = start,
                Anchor = AnchorOf(mapping),
                HasTag = !mapping.Tag.IsEmpty,
                IsFlow = mapping.Style is MappingStyle.Flow,
            },
            _ => throw YamlRefusedException.At(_text, start, "the file is not valid YAML here; check the indentation and the colons"),
        };
        place.Last = place;
        if (place.Kind is not YamlPlaceKind.Alias && place.Anchor is not null)
        {
            _anchors[place.Anchor] = place;
        }

        if (place.Kind is YamlPlaceKind.Sequence)
        {
            ReadItems(place);
        }

        if (place.Kind is YamlPlaceKind.Mapping)
        {
            ReadEntries(place);
        }

        return place;
    }

    private YamlPlace ReadAlias(AnchorAlias alias, int start)
    {
        if (_anchors.TryGetValue(alias.Value.Value, out YamlPlace? target) && target.AliasedAt < 0)
        {
            target.AliasedAt = start;
        }

        return new()
        {
            Kind = YamlPlaceKind.Alias,
            Start = start,
            End = YamlEvents.Offset(_text, alias.End),
            Anchor = alias.Value.Value,
        };
    }

    private YamlPlace ReadScalar(Scalar scalar, int start)
    {
        bool isEmpty = scalar.Style is ScalarStyle.Plain && scalar.Value.Length == 0;
        bool hasProperties = !scalar.Anchor.IsEmpty || !scalar.Tag.IsEmpty;
        return new()
        {
            Kind = YamlPlaceKind.Scalar,
            Start = start,
            End =
                !isEmpty ? YamlEvents.Offset(_text, scalar.End)
                : hasProperties ? EndOfProperties(start)
                : EmptyValueEnd(start),
            Anchor = AnchorOf(scalar),
            HasTag = !scalar.Tag.IsEmpty,
            Style = scalar.Style is ScalarStyle.Any ? ScalarStyle.Plain : scalar.Style,
            Text = scalar.Value,
        };
    }

    private void ReadItems(YamlPlace sequence)
    {
        while (_events[_next] is not SequenceEnd)
        {
            YamlPlace item = ReadPlace();
            sequence.Items.Add(item);
            if (sequence.IsFlow)
            {
                continue;
            }

            sequence.Last = item.Last;
            sequence.End = item.End;
        }

        if (sequence.IsFlow)
        {
            sequence.End = YamlEvents.Offset(_text, _events[_next].Start) + 1;
        }

        _next++;
    }

    private void ReadEntries(YamlPlace mapping)
    {
        while (_events[_next] is not MappingEnd)
        {
            YamlPlace key = ReadPlace();
            int colon = YamlText.SkipBlanks(_text, key.End);
            if (key.IsEmpty || colon == _text.Length || _text[colon] is not ':')
            {
                colon = -1;
            }

            YamlPlaceEntry entry = new(key, ReadPlace(), colon);
            mapping.Entries.Add(entry);
            if (mapping.IsFlow)
            {
                continue;
            }

            mapping.Last = entry.Value.Last;
            mapping.End = entry.End;
            if (colon >= 0)
            {
                mapping.Column = key.Start - YamlText.LineStart(_text, key.Start);
            }
        }

        if (mapping.IsFlow)
        {
            mapping.End = YamlEvents.Offset(_text, _events[_next].Start) + 1;
        }

        _next++;
    }

    /// <summary>Anchor and tag of a node that has nothing else.</summary>
    private int EndOfProperties(int start)
    {
        int end = start;
        for (int i = start; i < _text.Length && _text[i] is '&' or '!'; i = YamlText.SkipBlanks(_text, end))
        {
            end = i;
            while (
                end < _text.Length
                && !YamlText.IsBlank(_text[end])
                && !YamlText.IsBreak(_text[end])
                && _text[end] is not (',' or '[' or ']' or '{' or '}')
            )
            {
                end++;
            }
        }

        return end;
    }

    /// <summary>The mark of nothing is behind its colon or dash, or at the next token.</summary>
    private int EmptyValueEnd(int mark) => mark > 0 && _text[mark - 1] is ':' or '-' ? mark : 0;

    private static string? AnchorOf(NodeEvent node) => node.Anchor.IsEmpty ? null : node.Anchor.Value;
}
