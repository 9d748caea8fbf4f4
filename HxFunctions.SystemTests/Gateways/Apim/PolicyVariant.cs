using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Gateways.Apim;

/// <summary>One form of the guard in <c>infra/apim</c>, as a gateway would have it: an API policy and the fragments that it may
/// include.</summary>
/// <param name="Form">The folder: <c>fragments</c>, or one of <c>variants</c>.</param>
/// <param name="Question"><c>by-path</c> or <c>by-rule</c>.</param>
internal sealed record PolicyVariant(string Form, string Question)
{
    public const string IncludeByPath = """<include-fragment fragment-id="hx-guard-by-path" />""";

    public const string IncludeByRule =
        """<set-variable name="hx-rule" value="/v1/keys" /><include-fragment fragment-id="hx-guard-by-rule" />""";

    private static readonly string[] Forms = ["fragments", "uncached", "inline", "identity", "uncached-identity", "inline-identity"];

    /// <summary>All of them, for theories: form and question.</summary>
    public static IEnumerable<string> Names => Forms.SelectMany(form => new[] { $"{form} by-path", $"{form} by-rule" });

    public static TheoryData<string> All => [.. Names];

    public static TheoryData<string> ByPath => [.. Names.Where(name => !Parse(name).IsByRule)];

    public static TheoryData<string> ByRule => [.. Names.Where(name => Parse(name).IsByRule)];

    public static TheoryData<string> Cached => [.. Names.Where(name => Parse(name).HasCache)];

    public static TheoryData<string> Uncached => [.. Names.Where(name => !Parse(name).HasCache)];

    public static TheoryData<string> WithIdentity => [.. Names.Where(name => Parse(name).HasIdentity)];

    public static string Folder { get; } = Path.Combine(Repository.Root, "infra", "apim");

    public bool HasCache => !Form.StartsWith("uncached", StringComparison.Ordinal);

    public bool HasIdentity => Form.EndsWith("identity", StringComparison.Ordinal);

    public bool IsInline => Form.StartsWith("inline", StringComparison.Ordinal);

    public bool IsByRule => Question == "by-rule";

    /// <summary>Expressions that are evaluated before the guard's first word: whether another guard has run, and what a limit is counted
    /// by.</summary>
    public int ExpressionsBefore => HasCache ? 2 : 1;

    public static PolicyVariant Parse(string name)
    {
        string[] words = name.Split(' ');
        return new(words[0], words[1]);
    }

    public string ApiPolicy()
    {
        if (IsInline)
        {
            return Read("variants", Form, $"{Question}.xml");
        }

        string api = HasCache ? Read("policies", "admin-api.xml") : Read("variants", "uncached", "admin-api.xml");
        Assert.Contains(IncludeByPath, api, StringComparison.Ordinal);
        return IsByRule ? api.Replace(IncludeByPath, IncludeByRule, StringComparison.Ordinal) : api;
    }

    /// <summary>By id.</summary>
    public Dictionary<string, string> Fragments() =>
        IsInline
            ? []
            : Directory
                .EnumerateFiles(Form == "fragments" ? Path.Combine(Folder, Form) : Path.Combine(Folder, "variants", Form), "hx-guard-*.xml")
                .ToDictionary(file => Path.GetFileNameWithoutExtension(file), File.ReadAllText);

    private static string Read(params string[] path) => File.ReadAllText(Path.Combine([Folder, .. path]));
}
