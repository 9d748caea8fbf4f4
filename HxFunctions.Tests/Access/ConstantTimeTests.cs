using System.Security.Cryptography;
using HxFunctions.Cli.LocalHost;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace HxFunctions.Tests.Access;

/// <summary>
/// That keys are compared in constant time is proved by the code's shape; a clock would prove nothing on a busy machine. Digests of a fixed length are compared by
/// FixedTimeEquals, all of them, with no way out in between.
/// </summary>
public class ConstantTimeTests
{
    private static readonly SyntaxNode Source =
        CSharpSyntaxTree.ParseText(File.ReadAllText(Path.Combine(Repository.Root, "HxFunctions.Cli", "LocalHost", "HostKeys.cs"))).GetRoot();

    [Fact]
    public void Comparison_is_FixedTimeEquals_of_digests_and_nothing_else()
    {
        Assert.Equal("CryptographicOperations.FixedTimeEquals(Digest, digest)", Method("Matches").ExpressionBody?.Expression.ToString());
        Assert.Contains("SHA256.HashData(", Method("Open").ToString(), StringComparison.Ordinal);
        Assert.Equal(32, SHA256.HashSizeInBytes);
    }

    [Fact]
    public void Every_key_is_compared_whatever_the_ones_before_came_to()
    {
        ForEachStatementSyntax loop = Assert.Single(Method("Open").DescendantNodes().OfType<ForEachStatementSyntax>());

        Assert.Equal("_entries", loop.Expression.ToString());
        Assert.Contains("entry.Matches(digest)", loop.Statement.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(loop.Statement.DescendantNodes(), node => node.Kind() is
            SyntaxKind.BreakStatement or SyntaxKind.ContinueStatement or SyntaxKind.ReturnStatement or SyntaxKind.GotoStatement or SyntaxKind.ThrowStatement or SyntaxKind.IfStatement
            or SyntaxKind.ConditionalExpression or SyntaxKind.LogicalAndExpression or SyntaxKind.LogicalOrExpression);
    }

    /// <summary>No other code compares: the key that came goes into the hash and nowhere else.</summary>
    [Fact]
    public void Keys_are_not_kept_and_not_compared_as_text()
    {
        MethodDeclarationSyntax open = Method("Open");

        Assert.DoesNotContain(open.DescendantNodes(), node => node.Kind() is SyntaxKind.EqualsExpression && node.ToString().Contains("given", StringComparison.Ordinal));
        Assert.DoesNotContain("Equals(", open.ToString(), StringComparison.Ordinal);
        Assert.All(typeof(HostKeys).GetFields(System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic), field => Assert.NotEqual(typeof(string), field.FieldType));
    }

    private static MethodDeclarationSyntax Method(string name) =>
        Assert.Single(Source.DescendantNodes().OfType<MethodDeclarationSyntax>(), method => method.Identifier.Text == name);
}
