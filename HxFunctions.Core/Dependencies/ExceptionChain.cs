namespace HxFunctions.Core.Dependencies;

/// <summary>An exception and those within it, from the outside in.</summary>
internal static class ExceptionChain
{
    public static IEnumerable<Exception> Of(Exception? exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            yield return e;
        }
    }

    /// <summary>What they say, each thing once.</summary>
    public static IEnumerable<string> WordsOf(Exception exception) => Of(exception).Select(e => e.Message).Distinct(StringComparer.Ordinal);
}
