using System.Globalization;

namespace HxFunctions.Cli.Wiring.Yaml;

/// <summary>The types that <see cref="YamlEditor"/> writes.</summary>
internal enum YamlScalarKind
{
    String,
    Boolean,
    Integer,
}

/// <summary>A value to write. Its text may be a secret: it appears in no message.</summary>
/// <param name="Text">The string itself; <c>true</c> or <c>false</c>; an integer in decimal.</param>
internal sealed record YamlScalar(string Text, YamlScalarKind Kind)
{
    public static YamlScalar String(string text) => new(text, YamlScalarKind.String);

    public static YamlScalar Boolean(bool value) => new(value ? "true" : "false", YamlScalarKind.Boolean);

    public static YamlScalar Integer(long value) => new(value.ToString(CultureInfo.InvariantCulture), YamlScalarKind.Integer);

    /// <summary>Without the text.</summary>
    public override string ToString() => $"YamlScalar {Kind}";
}

/// <summary>A value at a path.</summary>
internal sealed record YamlSetting(YamlPath Path, YamlScalar Value);
