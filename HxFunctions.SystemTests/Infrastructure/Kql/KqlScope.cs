using KqlRow = System.Collections.Generic.IReadOnlyDictionary<string, object?>;
using KqlRows = System.Collections.Generic.IReadOnlyList<System.Collections.Generic.IReadOnlyDictionary<string, object?>>;

namespace HxFunctions.SystemTests.Infrastructure.Kql;

/// <summary>What an expression is worked out over.</summary>
/// <param name="Row">The row, or the columns that the rows of the group have in common.</param>
/// <param name="Group">What an aggregate reads.</param>
/// <param name="Now">The time at which the query runs.</param>
internal sealed record KqlScope(KqlRow Row, KqlRows Group, DateTime Now);

/// <summary>An expression: a text, number, truth, time, timespan, JSON, or nothing.</summary>
internal delegate object? KqlValue(KqlScope scope);

/// <summary>A column that a list of expressions makes.</summary>
internal sealed record KqlColumn(string Name, KqlValue Value);
