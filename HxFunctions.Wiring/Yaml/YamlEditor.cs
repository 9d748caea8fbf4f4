namespace HxFunctions.Wiring.Yaml;

/// <summary>
/// Sets values in a YAML file and leaves every other character as it is: comments, blank lines, order, quoting, indentation, line ends. The
/// places come from the parser's marks (<see cref="YamlLayout"/>), the new text is spliced in (<see cref="YamlPlan"/>), and the result is
/// read again and compared (<see cref="YamlProof"/>).
/// </summary>
internal static class YamlEditor
{
    /// <summary>
    /// The text with the settings made. A value that LiteLLM would see no difference in is left alone, whatever its quoting; no value,
    /// <c>~</c> and <c>null</c> are filled in; missing mappings are created.
    /// </summary>
    /// <exception cref="YamlRefusedException">Nothing is edited: the file can't be read, or a setting can't be made without a risk for
    /// something else.</exception>
    public static YamlEdit Set(string text, IReadOnlyList<YamlSetting> settings) => Set(YamlConfig.Load(text), settings);

    /// <summary>The same for a file that has been read.</summary>
    /// <exception cref="YamlRefusedException">Nothing is edited: see above.</exception>
    public static YamlEdit Set(YamlConfig before, IReadOnlyList<YamlSetting> settings)
    {
        Check(settings);
        List<YamlSetting> pending = [.. settings.Where(s => before.Find(s.Path) is not YamlScalarNode scalar || !scalar.Holds(s.Value))];
        if (pending.Count == 0)
        {
            return new(before, []);
        }

        YamlPlan plan = new(before);
        foreach (YamlSetting setting in pending)
        {
            plan.Include(setting);
        }

        string edited = plan.Apply();
        if (YamlProof.Prove(before, edited, pending) is not { } after)
        {
            throw new YamlRefusedException(
                $"the file could not be edited safely: setting {string.Join(", ", pending.Select(s => s.Path))} would change "
                    + $"something else; set them by hand",
                1,
                1
            );
        }

        return new(after, [.. pending.Select(s => new YamlChange(s.Path, KindOf(before.Find(s.Path)), after.LineOf(after.Find(s.Path)!)))]);
    }

    /// <summary>
    /// The text without the keys that are there. Each has to stand with its single value on a line of its own, which goes as a whole.
    /// </summary>
    /// <exception cref="YamlRefusedException">Nothing is edited: a key can't be taken out without a risk for something else.</exception>
    public static YamlEdit Remove(YamlConfig before, IReadOnlyList<YamlPath> paths)
    {
        List<YamlPath> present = [.. paths.Where(path => before.Find(path) is not null)];
        if (present.Count == 0)
        {
            return new(before, []);
        }

        YamlLayout layout = YamlLayout.Read(before);
        YamlSplices splices = new();
        foreach (YamlPath path in present)
        {
            (int start, int end) = LineOf(before, layout, path);
            splices.Add(start, end - start, "");
        }

        if (YamlProof.ProveRemoval(before, splices.Apply(before.Text), present) is not { } after)
        {
            throw ByHand(before, present[0]);
        }

        return new(after, [.. present.Select(p => new YamlChange(p, YamlChangeKind.Removed, before.LineOf(before.Find(p)!)))]);
    }

    /// <summary>The line that holds a key and its value, and nothing else.</summary>
    private static (int Start, int End) LineOf(YamlConfig before, YamlLayout layout, YamlPath path)
    {
        YamlPlace? mapping = layout.Root;
        foreach (string key in path.Keys.SkipLast(1))
        {
            mapping = mapping?.Kind is YamlPlaceKind.Mapping ? mapping.Find(key)?.Value : null;
        }

        if (
            mapping is not { Kind: YamlPlaceKind.Mapping, IsFlow: false, AliasedAt: < 0 }
            || mapping.Entries.Count < 2
            || mapping.Find(path.Keys[^1]) is not { } entry
            || entry.Value is not { Kind: YamlPlaceKind.Scalar, IsTextBlock: false, Anchor: null }
        )
        {
            throw ByHand(before, path);
        }

        string text = before.Text;
        int start = entry.Key.Start;
        while (start > 0 && text[start - 1] is ' ')
        {
            start--;
        }

        int end = YamlText.LineEnd(text, entry.Colon);
        bool isAlone =
            (start == 0 || YamlText.IsBreak(text[start - 1]))
            && entry.End <= end
            && text.AsSpan(entry.End, end - entry.End).Trim().Length == 0;
        if (!isAlone)
        {
            throw ByHand(before, path);
        }

        if (end < text.Length)
        {
            end += text.AsSpan(end).StartsWith("\r\n") ? 2 : 1;
        }

        return (start, end);
    }

    private static YamlRefusedException ByHand(YamlConfig before, YamlPath path) =>
        YamlRefusedException.At(before.Text, before.Find(path)!.Offset, $"{path} can't be removed safely; remove it by hand");

    private static YamlChangeKind KindOf(YamlNode? before) =>
        before is null or YamlScalarNode { Kind: YamlValueKind.Null } ? YamlChangeKind.Added : YamlChangeKind.Replaced;

    private static void Check(IReadOnlyList<YamlSetting> settings)
    {
        for (int i = 0; i < settings.Count; i++)
        {
            YamlPath path = settings[i].Path;
            if (YamlText.HasLoneSurrogate(settings[i].Value.Text) || path.Keys.Any(YamlText.HasLoneSurrogate))
            {
                throw new YamlRefusedException($"{path} has half a surrogate pair, which a file can't contain; set another value", 1, 1);
            }

            for (int k = 0; k < settings.Count; k++)
            {
                if (k != i && settings[k].Path.IsPrefixOf(path))
                {
                    throw new YamlRefusedException($"{path} is inside {settings[k].Path}, which is also set; remove one of them", 1, 1);
                }
            }
        }
    }
}
