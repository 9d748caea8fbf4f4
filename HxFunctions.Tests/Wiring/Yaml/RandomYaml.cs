using System.Text;

namespace HxFunctions.Tests.Wiring.Yaml;

/// <summary>
/// Configurations in many styles, one for each seed: block and flow, every kind of scalar, anchors and merge keys, comments and blank lines
/// in every place, all line ends. Nearly all are valid YAML; keys of LiteLLM's that <see cref="WireSettings"/> sets occur often.
/// </summary>
internal sealed class RandomYaml
{
    private static readonly string[] Words =
    [
        "redis",
        "os.environ/REDIS_HOST",
        "os.environ/DATABASE_URL",
        "a b",
        "C:\\x",
        "it's",
        "gr\u00FC\u00DF \U0001F680",
        "x#y",
        "k:v",
        "-1x",
    ];

    private static readonly string[] Plain =
    [
        "redis",
        "true",
        "False",
        "yes",
        "off",
        "6379",
        "0x18EB",
        "1_000",
        "017",
        "1:30",
        "1.5",
        "1e3",
        "~",
        "null",
        "2024-05-01",
        "os.environ/REDIS_HOST",
        "a b",
        "http://h:1/p?q=1",
        "y",
        "gr\u00FC\u00DF",
        "\U0001F680",
    ];

    private static readonly HashSet<string> Settings = [.. WireSettings.All.Select(s => s.Path.Keys[^1])];

    private static readonly string[] Comments = ["# c", "#", "#  key: value", "# \U0001F680 \"x' {[", "### model ###", "# - a: |"];

    private readonly Random _random;
    private readonly StringBuilder _text = new();
    private readonly List<string> _anchors = [];
    private readonly List<string> _mappingAnchors = [];
    private readonly string[] _newlines;
    private readonly int _width;
    private readonly int _comments;
    private readonly bool _indentedLists;
    private int _anchorCount;

    private RandomYaml(int seed)
    {
        _random = new(seed);
        _newlines = _random.Next(10) switch
        {
            0 or 1 => ["\r\n"],
            2 => ["\n", "\r\n"],
            3 => ["\r"],
            _ => ["\n"],
        };
        _width = Pick(2, 2, 2, 4, 1, 3, 8);
        _comments = Pick(0, 10, 40);
        _indentedLists = Chance(50);
    }

    public static string Of(int seed)
    {
        RandomYaml document = new(seed);
        return document.Write();
    }

    private string Write()
    {
        if (Chance(5))
        {
            _text.Append('\uFEFF');
        }

        if (Chance(3))
        {
            _text.Append("%YAML 1.1").Append(Newline());
        }

        if (
            Chance(15)
            || _text.ToString().EndsWith("1.1" + _newlines[0], StringComparison.Ordinal)
            || _text.ToString().Contains('%', StringComparison.Ordinal)
        )
        {
            _text.Append("---").Append(Newline());
        }

        if (Chance(4))
        {
            Between(0);
        }
        else if (Chance(4))
        {
            _text.Append(FlowMapping(0, 0, Sections())).Append(Newline());
        }
        else
        {
            BlockMapping(Chance(3) ? 2 : 0, 0, Sections(), firstIsIndented: false);
        }

        Between(0);
        if (Chance(8))
        {
            _text.Append("...").Append(Newline());
        }

        string text = _text.ToString();
        return Chance(25) ? text.TrimEnd('\r', '\n') : text;
    }

    private List<string> Sections() =>
        Some(
            [
                "model_list",
                "litellm_settings",
                "general_settings",
                "router_settings",
                "environment_variables",
                "x-shared",
                "litellm_settings",
                "a b",
            ],
            60
        );

    private List<string> KeysBelow(string key, int depth) =>
        key switch
        {
            "litellm_settings" or "general_settings" => Some(
                [
                    "drop_params",
                    "database_url",
                    "redis_url",
                    "proxy_logging",
                    "cache",
                    "cache_params",
                    "success_callback",
                    "1",
                    "store_db_logs",
                    "prompt",
                ],
                45
            ),
            "cache_params" => Some(["type", "host", "port", "password", "ssl", "namespace", "ttl"], 50),
            "model_list" => [],
            _ => depth > 3 ? [] : Some(["model", "api_key", "litellm_params", "rpm", "tags", "on", "x"], 30),
        };

    private List<string> Some(string[] keys, int percent)
    {
        List<string> some = [.. keys.Where(_ => Chance(percent)).Distinct()];
        if (Chance(30))
        {
            some.Reverse();
        }

        return some;
    }

    private void BlockMapping(int column, int depth, List<string> keys, bool firstIsIndented)
    {
        for (int i = 0; i < keys.Count; i++)
        {
            if (i > 0 || !firstIsIndented)
            {
                Between(column);
                _text.Append(' ', column);
            }

            if (i > 0 && !keys[i].Contains('_', StringComparison.Ordinal) && Chance(1))
            {
                _text.Append("? ").Append(keys[i]).Append(Newline()).Append(' ', column).Append(": ").Append(Inline()).Append(Newline());
                continue;
            }

            _text.Append(Key(keys[i])).Append(Chance(3) ? " :" : ":");
            Value(keys[i], column, depth);
        }

        if (depth > 0 && _mappingAnchors.Count > 0 && Chance(6))
        {
            _text.Append(' ', column).Append("<<: *").Append(PickFrom(_mappingAnchors)).Append(Newline());
        }

        if (Chance(_comments))
        {
            Comment(column + Pick(0, 0, 2));
        }
    }

    private void Value(string key, int column, int depth)
    {
        bool isSection = key is "litellm_settings" or "general_settings" or "cache_params";
        bool isSetting = Settings.Contains(key) && Chance(98);
        int form = isSetting ? Pick(90, 90, 90, 90, 52) : _random.Next(100);
        List<string> keys = KeysBelow(key, depth);
        string anchor = Chance(isSetting || isSection ? 1 : 5) ? $" &a{++_anchorCount}" : "";
        if (key is "model_list" || (!isSection && form < 12 && depth < 5))
        {
            BlockList(column, depth, anchor);
        }
        else if (keys.Count > 0 && (isSection ? form < 70 : form < 40))
        {
            _text.Append(anchor);
            EndLine();
            BlockMapping(column + (Chance(90) ? _width : Pick(1, 2, 5)), depth + 1, keys, firstIsIndented: false);
            if (anchor.Length > 0)
            {
                _mappingAnchors.Add(anchor[2..]);
            }
        }
        else if (isSection ? form < 85 : form < 50)
        {
            _text.Append(anchor).Append(' ').Append(isSection || Chance(50) ? FlowMapping(column, depth, keys) : FlowList(column, depth));
            EndLine();
        }
        else if (isSection && form < 97)
        {
            _text.Append(Pick("", "", " ", " ~", " null"));
            EndLine();
        }
        else if (form < 58 && !isSection)
        {
            TextBlock(column, anchor);
        }
        else if (_anchors.Count > 0 && Chance(5))
        {
            _text.Append(" *").Append(PickFrom(_anchors));
            EndLine();
        }
        else
        {
            _text.Append(anchor).Append(Chance(8) ? "" : Pick(" ", " ", "   ") + Inline(column));
            EndLine();
            if (anchor.Length > 0)
            {
                _anchors.Add(anchor[2..]);
            }
        }
    }

    private void BlockList(int column, int depth, string anchor)
    {
        _text.Append(anchor);
        EndLine();
        int at = _indentedLists ? column + _width : column;
        for (int i = _random.Next(1, 4); i > 0; i--)
        {
            Between(at);
            _text.Append(' ', at).Append('-');
            List<string> keys = KeysBelow("", depth + 1);
            if (keys.Count > 0 && Chance(60))
            {
                _text.Append(' ');
                BlockMapping(at + 2, depth + 2, keys, firstIsIndented: true);
            }
            else
            {
                _text.Append(Chance(5) ? "" : " " + Inline());
                EndLine();
            }
        }
    }

    private void TextBlock(int column, string anchor)
    {
        int indent = column + Pick(1, 2, 2, 4);
        _text
            .Append(anchor)
            .Append(Pick(" |", " >"))
            .Append(Chance(10) ? (indent - column).ToString(System.Globalization.CultureInfo.InvariantCulture) : "")
            .Append(Pick("", "", "-", "+"));
        EndLine();
        for (int i = _random.Next(0, 4); i > 0; i--)
        {
            _text.Append(' ', indent).Append(Pick("You are: x", "# not a comment", "a 'b' \"c\"", "- d", "e  ")).Append(Newline());
            if (Chance(20))
            {
                _text.Append(Newline());
            }

            if (Chance(10))
            {
                _text.Append(' ', indent).Append("  more").Append(Newline());
            }
        }

        for (int i = Pick(0, 0, 0, 1, 2); i > 0; i--)
        {
            _text.Append(Newline());
        }
    }

    private string FlowMapping(int column, int depth, List<string> keys)
    {
        bool isTall = Chance(25) && keys.Count > 0;
        string newline = Newline();
        string gap = isTall ? newline + new string(' ', column + 2) : Pick("", "", " ");
        bool isJson = Chance(25);
        IEnumerable<string> entries = keys.Select(key =>
            (isJson ? $"\"{key}\"" : key) + (isJson && Chance(30) ? ":" : ": ") + FlowValue(key, column, depth, isJson)
        );
        string comma = isTall ? "," + (Chance(_comments) ? " " + PickFrom(Comments) : "") + gap : Pick(", ", ", ", ",  ");
        string last =
            keys.Count == 0 ? ""
            : Chance(15) ? ","
            : "";
        string comment = isTall && Chance(_comments) ? " # last" : "";
        return "{"
            + gap
            + string.Join(comma, entries)
            + last
            + comment
            + (isTall ? newline + new string(' ', column + Pick(1, 2)) : gap)
            + "}";
    }

    private string FlowValue(string key, int column, int depth, bool isJson)
    {
        if (key is "litellm_settings" or "general_settings" or "cache_params")
        {
            return FlowMapping(column, depth + 1, KeysBelow(key, depth));
        }

        if (depth < 3 && Chance(10))
        {
            return FlowList(column, depth + 1);
        }

        return isJson
            ? Pick("\"redis\"", "true", "6379", "null", "\"\"")
            : Pick("redis", "true", "6379", "~", "'x, y'", "\"}\"", "os.environ/REDIS_HOST");
    }

    private string FlowList(int column, int depth) =>
        "["
        + string.Join(
            ", ",
            Enumerable
                .Range(0, _random.Next(0, 4))
                .Select(_ =>
                    Chance(20) && depth < 3 ? FlowMapping(column, depth + 1, KeysBelow("", depth)) : Pick("\"otel\"", "a", "1", "'b'")
                )
        )
        + "]";

    private string Inline(int column = -1) =>
        _random.Next(10) switch
        {
            0 or 1 => $"\"{PickFrom(Words).Replace("\\", "\\\\", StringComparison.Ordinal)}\"",
            2 or 3 => $"'{PickFrom(Words).Replace("'", "''", StringComparison.Ordinal)}'",
            4 when column >= 0 && Chance(30) => $"\"two{Newline()}{new string(' ', column + 1)}lines \\u00e4\"",
            5 when column >= 0 && Chance(30) => $"two{Newline()}{new string(' ', column + 2)}lines",
            6 when Chance(20) => Pick("!!str 5", "! x", "!!int \"5\"", "!!bool yes"),
            _ => PickFrom(Plain),
        };

    private string Key(string key) => key.Contains(' ', StringComparison.Ordinal) || Chance(90) ? key : Pick($"\"{key}\"", $"'{key}'");

    /// <summary>Comments and blank lines, indented as they like.</summary>
    private void Between(int column)
    {
        if (Chance(15))
        {
            _text.Append(Newline());
        }

        while (Chance(_comments))
        {
            Comment(Pick(column, column, 0, column + 2, 1));
        }

        if (Chance(4))
        {
            _text.Append("   ").Append(Newline());
        }
    }

    private void Comment(int column) => _text.Append(' ', column).Append(PickFrom(Comments)).Append(Newline());

    private void EndLine() =>
        _text.Append(Chance(3) ? "  " : "").Append(Chance(_comments / 2) ? " " + PickFrom(Comments) : "").Append(Newline());

    private string Newline() => _newlines[_random.Next(_newlines.Length)];

    private bool Chance(int percent) => _random.Next(100) < percent;

    private T Pick<T>(params T[] choices) => choices[_random.Next(choices.Length)];

    private T PickFrom<T>(IReadOnlyList<T> choices) => choices[_random.Next(choices.Count)];
}
