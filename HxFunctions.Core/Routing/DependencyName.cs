using System.Buffers;

namespace HxFunctions.Core.Routing;

/// <summary>What a dependency may be called, and what the product's own three are called: in rules, routes, JSON, metrics and Redis
/// keys.</summary>
public static class DependencyName
{
    public const string Postgres = "postgres";
    public const string Redis = "redis";
    public const string Qdrant = "qdrant";

    /// <summary>The rule in words, for problems.</summary>
    public const string Form = "at most 40 letters, digits, '_' and '-', starting with a letter or digit";

    /// <summary>How many dependencies there can be at most: what a rule needs is a mask of 64 bits.</summary>
    public const int MaxCount = 64;

    private const int MaxLength = 40;
    private static readonly SearchValues<char> Characters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_-");

    /// <summary>The name that the check of someone else's has here: in lower case, with <c>-</c> for what rules, addresses and metrics
    /// don't have. <c>Azure Key Vault</c> is <c>azure-key-vault</c>.</summary>
    /// <param name="registered">The name that it is registered under.</param>
    public static string Of(string registered)
    {
        string name = new([.. registered.ToLowerInvariant().Select(c => Characters.Contains(c) ? c : '-')]);
        return name.Trim('-', '_') is { Length: > 0 } kept ? kept : "check";
    }

    /// <param name="name">In lower case.</param>
    public static bool IsValid(string name) =>
        name.Length is > 0 and <= MaxLength && name[0] is not ('_' or '-') && !name.AsSpan().ContainsAnyExcept(Characters);
}
