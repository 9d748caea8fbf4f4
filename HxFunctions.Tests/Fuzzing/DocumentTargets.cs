using System.Text;
using HxFunctions.Cli.Routes;
using HxFunctions.Core.Routing;

namespace HxFunctions.Tests.Fuzzing;

/// <summary>The reader of OpenAPI documents, which a gateway writes, and what <c>hx routes check</c> makes of one.</summary>
internal static class DocumentTargets
{
    private const string Routes = "/team=postgres; /model/{id}/update=redis; /v1/{x:path}/files=postgres; -/team/list GET";
    private static readonly string[] Both = [DependencyName.Postgres, DependencyName.Redis];

    public static IEnumerable<FuzzTarget> All =>
        [
            new(
                "an OpenAPI document",
                [
                    """{"openapi":"3.1.0","info":{"version":"1"},"servers":[{"url":"/api"}],"paths":{"/team/new":{"post":{"tags":["mcp"]}}}}""",
                    """{"openapi":"3.1.0","paths":{"/x/{a}":{"get":{"tags":["team management"],"security":[]},"put":{"tags":["Settings"]}}}}""",
                    """{"openapi":"3.0.0","paths":{"/a":{"$ref":"#/x/y"},"/key/{k}/regenerate":{"post":{}}},"x":{"y":{"get":{}}}}""",
                ],
                [
                    "{",
                    "}",
                    "[",
                    "]",
                    "\"",
                    ":",
                    ",",
                    "null",
                    "5",
                    "/",
                    "{a}",
                    "{a:path}",
                    "{a-b}:go",
                    "/api",
                    "\"get\":{}",
                    "\"post\":{\"tags\":[\"team management\"]}",
                    "\"$ref\":\"#/paths/~1a\"",
                    "\"security\":[]",
                    "\\ud83e",
                    "\\u0000",
                    "%2F",
                    "%",
                    "..",
                    ";",
                    "=",
                    "?",
                    "ü",
                    "/team/list",
                ],
                Read,
                new(4 * 1024 * 1024, 4096)
            ),
        ];

    private static string Read(string text) => $"{Read(Encoding.UTF8.GetBytes(text))} {Read(Encoding.Latin1.GetBytes(text))}";

    private static string Read(byte[] utf8)
    {
        if (!OpenApiDocument.TryParse(utf8, out OpenApiDocument? document, out string? problem))
        {
            return problem;
        }

        RouteAuditResult result = Audit(Routes, document);
        string[] entries = [.. result.Unguarded.Concat(result.Needless).Select(operation => operation.Entry).OfType<string>()];
        // Whoever adds what is shown has nothing left of it.
        RouteAuditResult after = Audit(string.Join(';', [Routes, .. entries]), document);
        Assert.DoesNotContain(
            after.Unguarded.Concat(after.Needless),
            operation => operation.Entry is not null && document.BasePath.Length == 0
        );
        Assert.Equal(result.Unmatched, after.Unmatched);
        return $"{result.Operations.Count} {result.GuardedCount} {result.KnownCount} {result.Unguarded.Count} {result.Unreadable}";
    }

    private static RouteAuditResult Audit(string routes, OpenApiDocument document) =>
        GuardRules.TryParse(routes, out GuardRuleSet set, out IReadOnlyList<string> problems)
            ? new RouteAudit(set, null, Both).Run(document)
            : throw new InvalidOperationException($"{routes}: {string.Join(' ', problems)}");
}
