using KqlRow = System.Collections.Generic.IReadOnlyDictionary<string, object?>;
using KqlRows = System.Collections.Generic.IReadOnlyList<System.Collections.Generic.IReadOnlyDictionary<string, object?>>;

namespace HxFunctions.SystemTests.Infrastructure.Kql;

/// <summary>
/// Runs the part of the Kusto Query Language that infra/monitoring uses, over rows in memory. What it doesn't know is an error and not
/// passed over: an operator, a function, a column that the table has not. <c>union</c>, <c>search</c> and <c>join</c> are of that kind:
/// alert rules may have no <c>union</c> and no <c>search</c>
/// (https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-log-query#log-query-constraints).
/// </summary>
internal static class KqlQuery
{
    /// <param name="tables">Rows by table, each with all columns of its table.</param>
    /// <param name="now">The time at which it runs, for <c>ago</c>.</param>
    public static KqlRows Run(string query, IReadOnlyDictionary<string, KqlRows> tables, DateTime now)
    {
        KqlExpressions reader = new(KqlToken.Read(query));
        string table = reader.Name();
        KqlRows rows = tables.TryGetValue(table, out KqlRows? found) ? found : throw new FormatException($"No table {table}");
        while (!reader.AtEnd)
        {
            reader.Expect("|");
            rows = Apply(reader, rows, now);
        }

        return rows;
    }

    private static List<KqlRow> Apply(KqlExpressions reader, KqlRows rows, DateTime now)
    {
        string name = reader.Name();
        switch (name)
        {
            case "where":
                KqlValue condition = reader.Any();
                return [.. rows.Where(row => condition(new(row, [], now)) is true)];
            case "extend":
                IReadOnlyList<KqlColumn> added = reader.Columns();
                return
                [
                    .. rows.Select(row =>
                        row.Where(c => added.All(a => a.Name != c.Key)).Concat(Values(added, row, [], now)).ToDictionary()
                    ),
                ];
            case "project":
                IReadOnlyList<KqlColumn> kept = reader.Columns();
                return [.. rows.Select(row => Values(kept, row, [], now).ToDictionary())];
            case "summarize":
                return Summarize(reader, rows, now);
            case "order":
                return Order(reader, rows, now);
            default:
                throw new FormatException($"No operator {name}");
        }
    }

    private static List<KqlRow> Summarize(KqlExpressions reader, KqlRows rows, DateTime now)
    {
        IReadOnlyList<KqlColumn> aggregates = reader.Columns();
        if (!reader.Take("by"))
        {
            // One row, of no rows as well.
            return [Values(aggregates, new Dictionary<string, object?>(), rows, now).ToDictionary()];
        }

        IReadOnlyList<KqlColumn> keys = reader.Columns();
        return
        [
            .. rows.Select(row => (Row: row, Key: Values(keys, row, [], now).ToDictionary()))
                .GroupBy(pair => string.Join('\n', pair.Key.Values.Select(KqlFunctions.Text)))
                .Select(group => (group.First().Key, Rows: group.Select(pair => pair.Row).ToArray()))
                .Select(group => group.Key.Concat(Values(aggregates, group.Key, group.Rows, now)).ToDictionary()),
        ];
    }

    private static List<KqlRow> Order(KqlExpressions reader, KqlRows rows, DateTime now)
    {
        reader.Expect("by");
        KqlValue value = reader.Any();
        // Descending, unless it says otherwise.
        bool isAscending = reader.Take("asc");
        _ = isAscending || reader.Take("desc");
        return
        [
            .. isAscending
                ? rows.OrderBy(row => value(new(row, [], now)), Comparer<object?>.Default)
                : rows.OrderByDescending(row => value(new(row, [], now)), Comparer<object?>.Default),
        ];
    }

    private static IEnumerable<KeyValuePair<string, object?>> Values(
        IEnumerable<KqlColumn> columns,
        KqlRow row,
        KqlRows group,
        DateTime now
    ) => columns.Select(column => KeyValuePair.Create(column.Name, column.Value(new(row, group, now))));
}
