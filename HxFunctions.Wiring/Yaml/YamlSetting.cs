using System.Globalization;
using YamlDotNet.Core;

namespace HxFunctions.Wiring.Yaml;

/// <summary>The types that <see cref="YamlEditor"/> writes.</summary>
internal enum YamlScalarKind
{
    String,
    Boolean,
    Integer,
    Float,
}

/// <summary>A value to write. Its text may be a secret: it appears in no message.</summary>
/// <param name="Text">The string itself; <c>true</c> or <c>false</c>; an integer in decimal; a float as it shall be written.</param>
internal sealed record YamlScalar(string Text, YamlScalarKind Kind)
{
    public static YamlScalar String(string text) => new(text, YamlScalarKind.String);

    public static YamlScalar Boolean(bool value) => new(value ? "true" : "false", YamlScalarKind.Boolean);

    public static YamlScalar Integer(long value) => new(value.ToString(CultureInfo.InvariantCulture), YamlScalarKind.Integer);

    /// <summary>A float, written as it is: <c>2.50</c> stays <c>2.50</c>.</summary>
    /// <exception cref="ArgumentException">PyYAML would not read a float.</exception>
    public static YamlScalar Float(string text) =>
        YamlResolver.Resolve(text, ScalarStyle.Plain, "") is YamlValueKind.Float
            ? new(text, YamlScalarKind.Float)
            : throw new ArgumentException("Not a float of YAML 1.1.", nameof(text));

    /// <summary>Without the text.</summary>
    public override string ToString() => $"YamlScalar {Kind}";
}

/// <summary>A value at a path.</summary>
internal sealed record YamlSetting(YamlPath Path, YamlScalar Value);
