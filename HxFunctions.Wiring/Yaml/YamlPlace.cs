using YamlDotNet.Core;

namespace HxFunctions.Wiring.Yaml;

internal enum YamlPlaceKind
{
    Scalar,
    Sequence,
    Mapping,
    Alias,
}

/// <summary>A node as it stands in the text. All offsets are of the text.</summary>
internal sealed class YamlPlace
{
    public required YamlPlaceKind Kind { get; init; }

    /// <summary>With its anchor and tag.</summary>
    public required int Start { get; init; }

    /// <summary>
    /// Behind its last character. A text block (<c>|</c>, <c>&gt;</c>) ends where the next line with something else begins; a block mapping
    /// or list where its last entry does.
    /// </summary>
    public int End { get; set; }

    /// <summary>The innermost node that ends last: the node itself unless it is a block mapping or list.</summary>
    public YamlPlace Last { get; set; } = null!;

    /// <summary>Null for none. An alias has here the name that it refers to.</summary>
    public string? Anchor { get; init; }

    public bool HasTag { get; init; }

    /// <summary>Of a mapping or list: in braces or brackets.</summary>
    public bool IsFlow { get; init; }

    /// <summary>Of a scalar.</summary>
    public ScalarStyle Style { get; init; }

    /// <summary>Of a scalar.</summary>
    public string Text { get; init; } = "";

    /// <summary>Of a scalar: nothing stands there, at most an anchor or a tag.</summary>
    public bool IsEmpty => Kind is YamlPlaceKind.Scalar && Style is ScalarStyle.Plain && Text.Length == 0;

    public bool IsTextBlock => Kind is YamlPlaceKind.Scalar && Style is ScalarStyle.Literal or ScalarStyle.Folded;

    /// <summary>Of a list.</summary>
    public List<YamlPlace> Items { get; } = [];

    /// <summary>Of a mapping.</summary>
    public List<YamlPlaceEntry> Entries { get; } = [];

    /// <summary>Of a block mapping: where its keys begin, counted from the beginning of the line; -1 when none has its colon on its
    /// line.</summary>
    public int Column { get; set; } = -1;

    /// <summary>The offset of the first alias that refers to this node, or -1.</summary>
    public int AliasedAt { get; set; } = -1;

    public YamlPlaceEntry? Find(string key) => Entries.Find(e => e.Key.Kind is YamlPlaceKind.Scalar && e.Key.Text == key && e.IsStringKey);
}

/// <param name="Colon">The offset of the colon, which stands on the line of the key's end; -1: this entry is of another form (<c>? key</c>,
/// no colon).</param>
internal sealed record YamlPlaceEntry(YamlPlace Key, YamlPlace Value, int Colon)
{
    public bool IsStringKey => YamlResolver.Resolve(Key.Text, Key.Style, "") is YamlValueKind.String;

    /// <summary>Behind the last character of the entry.</summary>
    public int End => !Value.IsEmpty ? Value.End : Math.Max(Math.Max(Key.End, Colon + 1), Value.End);
}
