using YamlDotNet.Core;

namespace HxFunctions.Wiring.Yaml;

/// <summary>Finds for each setting the place where it goes, or refuses it; then makes all of them at once.</summary>
internal sealed class YamlPlan
{
    private readonly string _text;
    private readonly YamlConfig _before;
    private readonly YamlLayout _layout;
    private readonly YamlSplices _splices = new();
    private readonly List<YamlAddition> _ofRoot = [];

    /// <summary>What is added to existing mappings.</summary>
    private readonly Dictionary<YamlPlace, (int Depth, List<YamlAddition> Additions)> _ofMappings = [];

    /// <summary>What existing keys without a value get, with the mapping that they are in.</summary>
    private readonly Dictionary<YamlPlaceEntry, (YamlPlace Mapping, int Depth, List<YamlAddition> Additions)> _ofEmptyEntries = [];

    public YamlPlan(YamlConfig before)
    {
        _text = before.Text;
        _before = before;
        _layout = YamlLayout.Read(before);
    }

    /// <exception cref="YamlRefusedException"/>
    public void Include(YamlSetting setting)
    {
        IReadOnlyList<string> keys = setting.Path.Keys;
        YamlPlace? place = _layout.Root;
        if (place is null or { IsEmpty: true, Anchor: null, HasTag: false })
        {
            YamlAddition.Add(_ofRoot, keys, setting.Value);
            return;
        }

        for (int i = 0; i < keys.Count; i++)
        {
            Require(place, i == 0 ? "the document" : setting.Path.Upper(i));
            if (place.Find(keys[i]) is not { } entry)
            {
                if (i + 1 < keys.Count && FindUpper(setting.Path, i + 1) is not (null or YamlScalarNode { Kind: YamlValueKind.Null }))
                {
                    throw Refuse(place.Start, $"{setting.Path.Upper(i + 1)} comes from a merge key here; write it out in this mapping");
                }

                RequireRoomAtEnd(place);
                YamlAddition.Add(AdditionsOf(place, i), keys.Skip(i), setting.Value);
                return;
            }

            string name = setting.Path.Upper(i + 1);
            if (entry.Colon < 0)
            {
                throw Refuse(entry.Key.Start, $"{name} has no colon on the line where it ends; write it as \"key: value\"");
            }

            if (i + 1 == keys.Count)
            {
                Replace(place, entry, setting);
                return;
            }

            place = entry.Value;
            if (!IsNull(place))
            {
                continue;
            }

            if (place.Anchor is not null || place.HasTag)
            {
                throw Refuse(place.Start, $"{name} has an anchor or a tag, but no value; remove the anchor or tag");
            }

            if (!_ofEmptyEntries.TryGetValue(entry, out (YamlPlace Mapping, int Depth, List<YamlAddition> Additions) empty))
            {
                _ofEmptyEntries[entry] = empty = (FindOwner(setting.Path, i), i, []);
            }

            YamlAddition.Add(empty.Additions, keys.Skip(i + 1), setting.Value);
            return;
        }
    }

    public string Apply()
    {
        YamlPlacement placement = new(_text, _layout, _splices);
        if (_ofRoot.Count > 0)
        {
            placement.FillDocument(_ofRoot);
        }

        foreach ((YamlPlace mapping, (int depth, List<YamlAddition> additions)) in _ofMappings)
        {
            placement.AddTo(mapping, depth, additions);
        }

        foreach ((YamlPlaceEntry entry, (YamlPlace mapping, int depth, List<YamlAddition> additions)) in _ofEmptyEntries)
        {
            placement.Fill(mapping, entry, depth, additions);
        }

        return _splices.Apply(_text);
    }

    private YamlPlace FindOwner(YamlPath path, int depth)
    {
        YamlPlace place = _layout.Root!;
        for (int i = 0; i < depth; i++)
        {
            place = place.Find(path.Keys[i])!.Value;
        }

        return place;
    }

    private YamlNode? FindUpper(YamlPath path, int count) => _before.Find(YamlPath.Of([.. path.Keys.Take(count)]));

    private List<YamlAddition> AdditionsOf(YamlPlace mapping, int depth)
    {
        if (!_ofMappings.TryGetValue(mapping, out (int Depth, List<YamlAddition> Additions) found))
        {
            _ofMappings[mapping] = found = (depth, []);
        }

        return found.Additions;
    }

    /// <summary>Only a mapping that belongs to this path alone can be edited.</summary>
    private void Require(YamlPlace place, string name)
    {
        if (place.Kind is YamlPlaceKind.Alias)
        {
            throw Refuse(place.Start, $"{name} is an alias; write the mapping out here");
        }

        if (place.Kind is not YamlPlaceKind.Mapping)
        {
            throw Refuse(
                place.Start,
                $"{name} is {(place.Kind is YamlPlaceKind.Sequence ? "a list" : "a single value")} where a mapping is needed; "
                    + $"write it as a mapping"
            );
        }

        if (place.AliasedAt >= 0)
        {
            throw Refuse(
                place.Start,
                $"{name} has the anchor &{place.Anchor}, and line {YamlText.Position(_text, place.AliasedAt).Line} uses it, so "
                    + $"that it would change too; write the mapping out there"
            );
        }
    }

    private void RequireRoomAtEnd(YamlPlace mapping)
    {
        if (mapping.IsFlow)
        {
            return;
        }

        YamlPlaceEntry last = mapping.Entries[^1];
        if (last.Colon < 0)
        {
            throw Refuse(last.Key.Start, "the mapping's last key has no colon on the line where it ends; write it as \"key: value\"");
        }

        YamlPlace tail = mapping.Last;
        if (tail.IsTextBlock && tail.End == _text.Length && !YamlText.IsBreak(_text[^1]) && !YamlPlacement.IsStripped(_text, tail))
        {
            throw Refuse(
                _text.Length,
                "the text block at the end of the file would get a newline that it doesn't have; end the file with a newline"
            );
        }
    }

    private void Replace(YamlPlace mapping, YamlPlaceEntry entry, YamlSetting setting)
    {
        YamlPlace old = entry.Value;
        if (_before.Find(setting.Path) is YamlMappingNode or YamlSequenceNode)
        {
            throw Refuse(old.Start, $"{setting.Path} is a mapping or a list, but must be a single value; remove its content");
        }

        if (old.Kind is YamlPlaceKind.Scalar && (old.Anchor is not null || old.HasTag))
        {
            throw Refuse(old.Start, $"{setting.Path} has an anchor or a tag; remove it");
        }

        ScalarStyle style = old.Kind is YamlPlaceKind.Scalar && !IsNull(old) ? old.Style : YamlPlacement.QuotesOf(mapping);
        string value = YamlWriter.Write(setting.Value, style);
        if (old.IsEmpty)
        {
            // "key:" and "key: " both become "key: value"; in braces the next entry's place is right behind the colon.
            int behind = entry.Colon + 1;
            bool hasSpace =
                !mapping.IsFlow
                && behind < _text.Length
                && _text[behind] is ' '
                && YamlText.SkipBlanks(_text, behind) == YamlText.LineEnd(_text, behind);
            _splices.Add(hasSpace ? behind + 1 : behind, 0, hasSpace ? value : " " + value);
        }
        else if (old.IsTextBlock)
        {
            int indicatorEnd = old.Start + 1;
            while (indicatorEnd < _text.Length && _text[indicatorEnd] is '+' or '-' or (>= '0' and <= '9'))
            {
                indicatorEnd++;
            }

            int lineEnd = YamlText.LineEnd(_text, indicatorEnd);
            int contentEnd = _text.AsSpan(0, old.End).TrimEnd(" \t\r\n\u0085\u2028\u2029").Length;
            _splices.Add(old.Start, indicatorEnd - old.Start, value);
            if (contentEnd > lineEnd)
            {
                _splices.Add(lineEnd, YamlText.LineEnd(_text, contentEnd) - lineEnd, "");
            }
        }
        else
        {
            _splices.Add(old.Start, old.End - old.Start, value);
        }
    }

    private static bool IsNull(YamlPlace place) =>
        place.Kind is YamlPlaceKind.Scalar && YamlResolver.Resolve(place.Text, place.Style, "") is YamlValueKind.Null;

    private YamlRefusedException Refuse(int offset, string message) => YamlRefusedException.At(_text, offset, message);
}
