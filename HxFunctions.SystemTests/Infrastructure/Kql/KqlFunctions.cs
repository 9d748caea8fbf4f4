using System.Globalization;
using System.Text.Json.Nodes;
using KqlRow = System.Collections.Generic.IReadOnlyDictionary<string, object?>;

namespace HxFunctions.SystemTests.Infrastructure.Kql;

/// <summary>The functions and signs that the queries use, as the language's reference has them: nothing (null) compares with nothing, and
/// aggregates pass it over.</summary>
/// <remarks>https://learn.microsoft.com/kusto/query/scalar-functions, …/aggregation-functions and …/scalar-data-types/null-values</remarks>
internal static class KqlFunctions
{
    public static KqlValue Call(string name, IReadOnlyList<KqlValue> a) =>
        (name, a.Count) switch
        {
            ("tostring", 1) => s => Text(a[0](s)),
            ("bin", 2) => s => Bin(a[0](s), a[1](s)),
            ("iff", 3) => s => a[0](s) is true ? a[1](s) : a[2](s),
            ("isnull", 1) => s => a[0](s) is null,
            ("ago", 1) => s => s.Now - (TimeSpan)a[0](s)!,
            ("datetime_diff", 3) => s => MinutesBetween(a[0](s), a[1](s), a[2](s)),
            ("count", 0) => s => (double)s.Group.Count,
            ("countif", 1) => s => (double)s.Group.Count(r => a[0](Of(s, r)) is true),
            ("sum", 1) => s => Each(s, a[0]).Sum(v => (double)v),
            ("min", 1) => s => Each(s, a[0]).Min(),
            ("max", 1) => s => Each(s, a[0]).Max(),
            ("maxif", 2) => s => Each(s, a[0], a[1]).Max(),
            ("take_anyif", 2) => s => Each(s, a[0], a[1]).FirstOrDefault(),
            _ => throw new FormatException($"No function {name} of {a.Count}"),
        };

    /// <summary>Of <c>arg_max</c>: the value of a row in which the first is greatest.</summary>
    public static KqlValue OfGreatest(KqlValue first, KqlValue value) =>
        s => s.Group.Where(r => first(Of(s, r)) is not null).MaxBy(r => first(Of(s, r))) is { } row ? value(Of(s, row)) : null;

    public static object? Apply(string sign, object? left, object? right) =>
        sign switch
        {
            "==" => AreEqual(left, right, StringComparison.Ordinal),
            "!=" => !AreEqual(left, right, StringComparison.Ordinal),
            "=~" => AreEqual(left, right, StringComparison.OrdinalIgnoreCase),
            "startswith" => Text(left).StartsWith(Text(right), StringComparison.OrdinalIgnoreCase),
            _ when left is null || right is null => null,
            ">" => Compare(left, right) > 0,
            ">=" => Compare(left, right) >= 0,
            "<" => Compare(left, right) < 0,
            "<=" => Compare(left, right) <= 0,
            _ => Calculate(sign, left, right),
        };

    private static object Calculate(string sign, object left, object right) =>
        (sign, left, right) switch
        {
            ("+", DateTime time, TimeSpan span) => time + span,
            ("-", DateTime time, TimeSpan span) => time - span,
            ("-", DateTime time, DateTime other) => time - other,
            ("+", double x, double y) => x + y,
            ("-", double x, double y) => x - y,
            ("*", double x, double y) => x * y,
            ("/", double x, double y) => x / y,
            _ => throw new FormatException($"No {sign} of {left.GetType().Name} and {right.GetType().Name}"),
        };

    public static string Text(object? value) =>
        value switch
        {
            null => "",
            JsonValue json => json.ToString(),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };

    public static object? Member(object? from, string name) => (from as JsonObject)?[name];

    private static object? Bin(object? value, object? size) =>
        (value, size) switch
        {
            (null, _) => null,
            (DateTime time, TimeSpan span) => new DateTime(time.Ticks - (time.Ticks % span.Ticks), DateTimeKind.Utc),
            _ => throw new FormatException("bin of something else than a time"),
        };

    /// <summary>Boundaries of minutes between the two.</summary>
    private static object? MinutesBetween(object? unit, object? end, object? start)
    {
        Assert.Equal("minute", unit);
        return end is DateTime to && start is DateTime from
            ? (double)((to.Ticks / TimeSpan.TicksPerMinute) - (from.Ticks / TimeSpan.TicksPerMinute))
            : null;
    }

    private static bool AreEqual(object? left, object? right, StringComparison comparison) =>
        left is string or JsonValue || right is string or JsonValue
            ? string.Equals(Text(left), Text(right), comparison)
            : left is not null && Equals(left, right);

    private static int Compare(object left, object right) => Comparer<object>.Default.Compare(left, right);

    private static IEnumerable<object> Each(KqlScope scope, KqlValue value, KqlValue? condition = null) =>
        scope
            .Group.Select(row => Of(scope, row))
            .Where(s => condition is null || condition(s) is true)
            .Select(s => value(s))
            .OfType<object>();

    private static KqlScope Of(KqlScope scope, KqlRow row) => scope with { Row = row };
}
