using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using YamlDotNet.Core;

namespace HxFunctions.Wiring.Yaml;

/// <summary>The type that a scalar has for LiteLLM.</summary>
internal enum YamlValueKind
{
    String,
    Boolean,
    Integer,
    Float,
    Null,
    Timestamp,

    /// <summary><c>&lt;&lt;</c> as a key.</summary>
    Merge,

    /// <summary>A tag of someone's own, or a form that PyYAML's safe loader doesn't take.</summary>
    Other,
}

/// <summary>
/// Types as PyYAML's safe loader gives them (LiteLLM reads its file by it): YAML 1.1's type repository (yaml.org/type) with PyYAML's own
/// patterns (lib/yaml/resolver.py). So <c>yes</c> and <c>off</c> are booleans, <c>017</c>, <c>0x1F</c>, <c>1_000</c> and <c>1:30</c>
/// integers, while <c>y</c>, <c>0o17</c> and <c>1e3</c> are strings.
/// </summary>
internal static partial class YamlResolver
{
    private const string TagPrefix = "tag:yaml.org,2002:";

    /// <param name="tag">In full, or empty.</param>
    public static YamlValueKind Resolve(string text, ScalarStyle style, string tag)
    {
        if (tag.Length == 0 || tag == "!")
        {
            return style is ScalarStyle.Plain or ScalarStyle.Any ? ResolvePlain(text) : YamlValueKind.String;
        }

        return tag switch
        {
            TagPrefix + "str" => YamlValueKind.String,
            TagPrefix + "bool" when Boolean().IsMatch(text) => YamlValueKind.Boolean,
            TagPrefix + "int" when Integer().IsMatch(text) => YamlValueKind.Integer,
            TagPrefix + "float" when Float().IsMatch(text) || Integer().IsMatch(text) => YamlValueKind.Float,
            TagPrefix + "null" => YamlValueKind.Null,
            TagPrefix + "timestamp" when Timestamp().IsMatch(text) => YamlValueKind.Timestamp,
            _ => YamlValueKind.Other,
        };
    }

    /// <summary>
    /// A text that two scalars of one kind share exactly when they are the same value: integers in decimal, booleans as <c>true</c> and
    /// <c>false</c>, null as nothing. Floats and dates are taken as they are written.
    /// </summary>
    public static string Canonical(string text, YamlValueKind kind) =>
        kind switch
        {
            YamlValueKind.Boolean => text.ToUpperInvariant() is "YES" or "TRUE" or "ON" ? "true" : "false",
            YamlValueKind.Integer => ToInteger(text).ToString(CultureInfo.InvariantCulture),
            YamlValueKind.Null => "",
            _ => text,
        };

    /// <summary>
    /// The identity of a mapping key in Python, where <c>1</c>, <c>1.0</c> and <c>True</c> are the same key.
    /// </summary>
    public static string KeyIdentity(string text, YamlValueKind kind)
    {
        string canonical = Canonical(text, kind);
        return kind switch
        {
            YamlValueKind.String => "s" + canonical,
            YamlValueKind.Boolean => canonical == "true" ? "n1" : "n0",
            YamlValueKind.Integer => "n" + canonical,
            YamlValueKind.Float => "n" + (ToFloat(text) is { } value ? value.ToString("R", CultureInfo.InvariantCulture) : canonical),
            _ => $"{(int)kind}{canonical}",
        };
    }

    /// <summary>Whether two floats are the same number: <c>2.5</c> and <c>2.50</c>. Infinity, and those to the base of 60, are compared as
    /// they are written.</summary>
    public static bool AreSameFloat(string one, string other) =>
        one == other || (ToFloat(one) is { } number && double.IsFinite(number) && ToFloat(other) == number);

    private static double? ToFloat(string text) =>
        double.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value
            : null;

    private static YamlValueKind ResolvePlain(string text)
    {
        if (text is "" or "~" or "null" or "Null" or "NULL")
        {
            return YamlValueKind.Null;
        }

        if (text is "<<")
        {
            return YamlValueKind.Merge;
        }

        if (text is "=")
        {
            return YamlValueKind.Other;
        }

        if (char.IsAsciiLetter(text[0]))
        {
            return Boolean().IsMatch(text) ? YamlValueKind.Boolean : YamlValueKind.String;
        }

        if (!char.IsAsciiDigit(text[0]) && text[0] is not ('-' or '+' or '.'))
        {
            return YamlValueKind.String;
        }

        if (Integer().IsMatch(text))
        {
            return YamlValueKind.Integer;
        }

        if (Float().IsMatch(text))
        {
            return YamlValueKind.Float;
        }

        return Timestamp().IsMatch(text) ? YamlValueKind.Timestamp : YamlValueKind.String;
    }

    private static BigInteger ToInteger(string text)
    {
        string digits = text.Replace("_", "", StringComparison.Ordinal);
        bool negative = digits.StartsWith('-');
        digits = digits.TrimStart('-', '+');
        BigInteger value = digits switch
        {
            ['0', 'b', .. string binary] => InBase(binary, 2),
            ['0', 'x', .. string hexadecimal] => InBase(hexadecimal, 16),
            ['0', _, ..] => InBase(digits, 8),
            _ when digits.Contains(':', StringComparison.Ordinal) => digits
                .Split(':')
                .Aggregate(BigInteger.Zero, (sum, part) => (sum * 60) + InBase(part, 10)),
            _ => InBase(digits, 10),
        };
        return negative ? -value : value;
    }

    private static BigInteger InBase(string digits, int radix) =>
        radix == 10
            ? BigInteger.Parse("0" + digits, NumberStyles.None, CultureInfo.InvariantCulture)
            : digits.Aggregate(BigInteger.Zero, (sum, digit) => (sum * radix) + Convert.ToInt32(digit.ToString(), 16));

    [GeneratedRegex(@"\A(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)\z")]
    private static partial Regex Boolean();

    [GeneratedRegex(@"\A(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)\z")]
    private static partial Regex Integer();

    [GeneratedRegex(
        @"\A(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\z"
    )]
    private static partial Regex Float();

    [GeneratedRegex(
        @"\A(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?(?:[Tt]|[ \t]+)[0-9][0-9]?:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9]{2})?))?)\z"
    )]
    private static partial Regex Timestamp();
}
