using System.Globalization;

namespace HxFunctions.SystemTests.Infrastructure.Kql;

/// <summary>Reads expressions, from the loosest sign (<c>or</c>) to the tightest (<c>[ ]</c>).</summary>
internal sealed class KqlExpressions(IReadOnlyList<KqlToken> tokens)
{
    private static readonly string[] Comparisons = ["==", "!=", "=~", ">=", "<=", ">", "<", "startswith"];
    private static readonly KqlToken End = new("end", "");

    private int _at;

    public bool AtEnd => _at == tokens.Count;

    private KqlToken Next => AtEnd ? End : tokens[_at];

    public bool Take(string text)
    {
        bool isIt = Next.Kind != "text" && Next.Text == text;
        _at += isIt ? 1 : 0;
        return isIt;
    }

    public void Expect(string text)
    {
        if (!Take(text))
        {
            throw new FormatException($"'{text}' expected, found '{Next.Text}'");
        }
    }

    public string Name() => Next.Kind == "name" ? tokens[_at++].Text : throw new FormatException($"A name expected, found '{Next.Text}'");

    /// <summary>Columns with commas between: <c>Name = expression</c>, or an expression, which names its column itself.</summary>
    public IReadOnlyList<KqlColumn> Columns()
    {
        List<KqlColumn> columns = [];
        do
        {
            columns.AddRange(Column(columns.Count));
        } while (Take(","));
        return columns;
    }

    public KqlValue Any()
    {
        KqlValue left = All();
        while (Take("or"))
        {
            (KqlValue first, KqlValue second) = (left, All());
            left = s => first(s) is true || second(s) is true;
        }

        return left;
    }

    private KqlValue All()
    {
        KqlValue left = Comparison();
        while (Take("and"))
        {
            (KqlValue first, KqlValue second) = (left, Comparison());
            left = s => first(s) is true && second(s) is true;
        }

        return left;
    }

    private KqlValue Comparison()
    {
        KqlValue left = Sum();
        if (Take("in"))
        {
            Expect("(");
            IReadOnlyList<KqlValue> listed = Arguments();
            return s => listed.Any(v => KqlFunctions.Apply("==", left(s), v(s)) is true);
        }

        if (Next.Kind != "text" && Comparisons.Contains(Next.Text))
        {
            string sign = tokens[_at++].Text;
            KqlValue right = Sum();
            return s => KqlFunctions.Apply(sign, left(s), right(s));
        }

        return left;
    }

    private KqlValue Sum() => Chain(Product, "+", "-");

    private KqlValue Product() => Chain(Primary, "*", "/");

    private KqlValue Chain(Func<KqlValue> part, params string[] signs)
    {
        KqlValue left = part();
        while (Next.Kind == "sign" && signs.Contains(Next.Text))
        {
            string sign = tokens[_at++].Text;
            (KqlValue first, KqlValue second) = (left, part());
            left = s => KqlFunctions.Apply(sign, first(s), second(s));
        }

        return left;
    }

    private KqlValue Primary()
    {
        KqlToken token = Next;
        _at++;
        switch (token.Kind)
        {
            case "text":
                return _ => token.Text;
            case "number":
                double number = double.Parse(token.Text, CultureInfo.InvariantCulture);
                return _ => number;
            case "span":
                TimeSpan span = Span(token.Text);
                return _ => span;
            case "name" when Take("("):
                return KqlFunctions.Call(token.Text, Arguments());
            case "name" when token.Text is "true" or "false":
                return _ => token.Text == "true";
            case "name" when Take("["):
                string member = Next.Kind == "text" ? tokens[_at++].Text : throw new FormatException("A member's name expected");
                Expect("]");
                return s => KqlFunctions.Member(Read(s, token.Text), member);
            case "name":
                return s => Read(s, token.Text);
            case "sign" when token.Text == "(":
                KqlValue inner = Any();
                Expect(")");
                return inner;
            default:
                throw new FormatException($"Not understood: '{token.Text}'");
        }
    }

    /// <summary>After the opening bracket.</summary>
    private List<KqlValue> Arguments()
    {
        List<KqlValue> values = [];
        while (!Take(")"))
        {
            values.Add(Any());
            if (!Take(","))
            {
                Expect(")");
                break;
            }
        }

        return values;
    }

    private IEnumerable<KqlColumn> Column(int index)
    {
        if (Next.Kind == "name" && _at + 1 < tokens.Count && tokens[_at + 1] is { Kind: "sign", Text: "=" })
        {
            string name = Name();
            Expect("=");
            return [new(name, Any())];
        }

        if (Next.Text == "arg_max")
        {
            return Greatest();
        }

        int from = _at;
        KqlValue value = Any();
        return [new(NameOf(from, index), value)];
    }

    /// <summary>A column keeps its name, also in <c>bin</c>; an aggregate of a column has both names; all else has none of its
    /// own.</summary>
    private string NameOf(int from, int index) =>
        (_at - from) switch
        {
            1 => tokens[from].Text,
            _ when tokens[from].Text == "bin" => tokens[from + 2].Text,
            4 when tokens[from + 1].Text == "(" => $"{tokens[from].Text}_{tokens[from + 2].Text}",
            _ => $"Column{index + 1}",
        };

    private IEnumerable<KqlColumn> Greatest()
    {
        Expect("arg_max");
        Expect("(");
        List<(string Name, KqlValue Value)> all = [];
        do
        {
            string name = Next.Text;
            all.Add((name, Any()));
        } while (Take(","));
        Expect(")");
        return all.Select(column => new KqlColumn(column.Name, KqlFunctions.OfGreatest(all[0].Value, column.Value)));
    }

    private static object? Read(KqlScope scope, string column) =>
        scope.Row.TryGetValue(column, out object? value) ? value : throw new FormatException($"No column {column}");

    private static TimeSpan Span(string text)
    {
        double number = double.Parse(text[..^1], CultureInfo.InvariantCulture);
        return text[^1] switch
        {
            's' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            _ => TimeSpan.FromDays(number),
        };
    }
}
