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
    public static YamlEdit Set(string text, IReadOnlyList<YamlSetting> settings)
    {
        Check(settings);
        YamlConfig before = YamlConfig.Load(text);
        List<YamlSetting> pending = [.. settings.Where(s => before.Find(s.Path) is not YamlScalarNode scalar || !scalar.Holds(s.Value))];
        if (pending.Count == 0)
        {
            return new(text, []);
        }

        YamlPlan plan = new(text, before);
        foreach (YamlSetting setting in pending)
        {
            plan.Include(setting);
        }

        string edited = plan.Apply();
        if (YamlProof.Prove(text, before, edited, pending) is not { } after)
        {
            throw new YamlRefusedException(
                $"the file could not be edited safely: setting {string.Join(", ", pending.Select(s => s.Path))} would change "
                    + $"something else; set them by hand",
                1,
                1
            );
        }

        return new(
            edited,
            [.. pending.Select(s => new YamlChange(s.Path, KindOf(before.Find(s.Path)), after.LineOf(after.Find(s.Path)!)))]
        );
    }

    private static YamlChangeKind KindOf(YamlNode? before) =>
        before is null or YamlScalarNode { Kind: YamlValueKind.Null } ? YamlChangeKind.Added : YamlChangeKind.Replaced;

    private static void Check(IReadOnlyList<YamlSetting> settings)
    {
        for (int i = 0; i < settings.Count; i++)
        {
            YamlPath path = settings[i].Path;
            if (YamlText.HasLoneSurrogate(settings[i].Value.Text) || path.Keys.Any(YamlText.HasLoneSurrogate))
            {
                throw new YamlRefusedException($"{path} has half a surrogate pair, which no file can hold; set another value", 1, 1);
            }

            for (int k = 0; k < settings.Count; k++)
            {
                if (k != i && settings[k].Path.IsPrefixOf(path))
                {
                    throw new YamlRefusedException(
                        $"{path} would be set below {settings[k].Path}, which is set too; leave one of them out",
                        1,
                        1
                    );
                }
            }
        }
    }
}
