using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Emit;

namespace HxFunctions.SystemTests.Gateways.Apim;

/// <summary>A value of one expression: a text, a condition, a number.</summary>
internal delegate object? PolicyExpression(PolicyContext context);

/// <summary>
/// Compiles expressions as C# 7 (<c>@(one expression)</c> and <c>@{ statements that return }</c>) and refuses what uses a type or member
/// that API Management doesn't allow.
/// </summary>
internal static class PolicyExpressions
{
    private const string Prologue = """
        using System; using System.Collections.Generic; using System.Linq; using System.Net; using System.Text; using System.Text.RegularExpressions;
        using Newtonsoft.Json; using Newtonsoft.Json.Linq; using HxFunctions.SystemTests.Gateways.Apim;
        public static class Expressions
        {

        """;

    // One compilation takes a second or two, so all expressions of a set of documents share one, and all tests share that.
    private static readonly ConcurrentDictionary<string, Lazy<IReadOnlyDictionary<string, PolicyExpression>>> Compiled = new();

    private static readonly Lazy<MetadataReference[]> References = new(() =>
        [
            .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
                .Split(Path.PathSeparator)
                .Where(file => Path.GetFileName(file).StartsWith("System.", StringComparison.Ordinal))
                .Append(typeof(Newtonsoft.Json.Linq.JObject).Assembly.Location)
                .Append(typeof(PolicyContext).Assembly.Location)
                .Select(file => MetadataReference.CreateFromFile(file)),
        ]
    );

    public static bool IsExpression(string text) =>
        text.StartsWith("@(", StringComparison.Ordinal) || text.StartsWith("@{", StringComparison.Ordinal);

    /// <param name="texts">With their <c>@(…)</c> or <c>@{…}</c>.</param>
    /// <exception cref="PolicyFault">One doesn't compile, or uses what isn't allowed.</exception>
    public static IReadOnlyDictionary<string, PolicyExpression> Compile(IEnumerable<string> texts)
    {
        string[] distinct = [.. texts.Distinct(StringComparer.Ordinal)];
        return Compiled.GetOrAdd(Source(distinct), source => new(() => Compile(source, distinct))).Value;
    }

    private static string Source(string[] texts)
    {
        StringBuilder source = new StringBuilder(Prologue);
        for (int i = 0; i < texts.Length; i++)
        {
            string body = texts[i][1] == '(' ? $"=> {texts[i][1..]};" : texts[i][1..];
            source.Append(CultureInfo.InvariantCulture, $"public static object E{i}(PolicyContext context) {body}\n");
        }

        return source.Append('}').ToString();
    }

    private static Dictionary<string, PolicyExpression> Compile(string source, string[] texts)
    {
        SyntaxTree tree = CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.CSharp7));
        CSharpCompilation compilation = CSharpCompilation.Create(
            $"policy-expressions-{Guid.NewGuid():N}",
            [tree],
            References.Value,
            new(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release)
        );
        using MemoryStream image = new();
        EmitResult result = compilation.Emit(image);
        if (!result.Success)
        {
            throw new PolicyFault(
                "An expression doesn't compile: " + string.Join('\n', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error))
            );
        }

        string[] refusals = [.. Refusals(tree.GetRoot(), compilation.GetSemanticModel(tree)).Distinct()];
        if (refusals.Length > 0)
        {
            throw new PolicyFault("API Management doesn't allow in expressions: " + string.Join(", ", refusals));
        }

        image.Position = 0;
        Type type = AssemblyLoadContext.Default.LoadFromStream(image).GetType("Expressions")!;
        return texts
            .Select((text, i) => (text, method: type.GetMethod($"E{i}", BindingFlags.Public | BindingFlags.Static)!))
            .ToDictionary(pair => pair.text, pair => pair.method.CreateDelegate<PolicyExpression>(), StringComparer.Ordinal);
    }

    private static IEnumerable<string> Refusals(SyntaxNode root, SemanticModel model) =>
        from method in root.DescendantNodes().OfType<MethodDeclarationSyntax>()
        from node in ((SyntaxNode?)method.ExpressionBody ?? method.Body!).DescendantNodes()
        let refusal = AllowedTypes.Refuse(model.GetSymbolInfo(node).Symbol)
        where refusal is not null
        select refusal;
}

/// <summary>The policy is wrong, or uses what the interpreter doesn't know: the test fails.</summary>
internal sealed class PolicyFault(string message) : Exception(message);
