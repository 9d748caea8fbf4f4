namespace HxFunctions.Wiring.LiteLlm;

/// <summary>
/// Where tables are looked for. Prisma puts the name of one schema before each table (<c>schema=</c>, by default public) and sets the
/// search path to it, so that a search path of PG_URL alone would leave LiteLLM's tables in public.
/// </summary>
internal static class DatabaseUrlSearchPath
{
    /// <returns>A problem, or <see langword="null"/>.</returns>
    public static string? Add(DatabaseUrlDraft draft)
    {
        draft.Take("schema", "options", "Options", "Search Path");
        string? schema = draft.Given("schema");
        (string options, string? inOptions) = ServerOptions.TakeSearchPath(draft.Settings.Options ?? "");

        // The server reads the options first, and then what stands beside them (process_startup_options in postinit.c).
        if ((draft.Settings.SearchPath ?? inOptions) is { } path)
        {
            IReadOnlyList<string> schemas = ServerOptions.SplitIdentifiers(path) ?? [];
            string? single = schemas is [var only] && only != "$user" && !only.Contains('"') ? only : null;
            if (schema is null && single is null)
            {
                return "has a search path that is not a single schema, but LiteLLM's database client (Prisma) keeps all tables in one: "
                    + "use a single one (search_path=NAME), or add schema=NAME to the search path";
            }

            if (schema is not null && schema != single)
            {
                draft.Note("has schema= and another search path: LiteLLM only uses the schema");
            }

            schema ??= single;
        }

        draft.Add("schema", schema ?? "");
        draft.Add("options", options);
        return null;
    }
}
