using HxFunctions.Cli.LocalHost;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace HxFunctions.Tests.Access;

/// <summary>
/// That keys are compared in constant time is proved by the code's shape; a clock would prove nothing on a busy machine. Blocks of a fixed
/// length are compared to their end, all of them, with no way out in between.
/// </summary>
public class ConstantTimeTests
{
    private static readonly SyntaxKind[] WaysOut =
    [
        SyntaxKind.BreakStatement,
        SyntaxKind.ContinueStatement,
        SyntaxKind.ReturnStatement,
        SyntaxKind.GotoStatement,
        SyntaxKind.ThrowStatement,
        SyntaxKind.IfStatement,
        SyntaxKind.ConditionalExpression,
        SyntaxKind.LogicalAndExpression,
        SyntaxKind.LogicalOrExpression,
        SyntaxKind.SwitchExpression,
        SyntaxKind.SwitchStatement,
    ];

    private static readonly SyntaxNode Source = CSharpSyntaxTree
        .ParseText(File.ReadAllText(Path.Combine(Repository.Root, "HxFunctions.Cli", "LocalHost", "HostKeys.cs")))
        .GetRoot();

    [Fact]
    public void Blocks_are_compared_to_their_end_whatever_is_in_them()
    {
        MethodDeclarationSyntax matches = Method("Matches");
        ForStatementSyntax loop = Assert.Single(matches.DescendantNodes().OfType<ForStatementSyntax>());

        Assert.Equal("i < MaximumLength", loop.Condition?.ToString());
        Assert.Equal("difference |= Vector256.Create<byte>(padded.AsSpan(i)) ^ Vector256.Create(other[i..]);", loop.Statement.ToString());
        Assert.Equal(
            ["return (difference.GetLower() | difference.GetUpper()) == Vector128<byte>.Zero;"],
            matches.DescendantNodes().OfType<ReturnStatementSyntax>().Select(statement => statement.ToString())
        );
        Assert.Equal(3, matches.Body?.Statements.Count);
    }

    [Fact]
    public void Every_key_is_compared_whatever_the_ones_before_came_to()
    {
        ForEachStatementSyntax loop = Assert.Single(Method("Open").DescendantNodes().OfType<ForEachStatementSyntax>());

        Assert.Equal("_entries", loop.Expression.ToString());
        Assert.Contains("entry.Matches(padded)", loop.Statement.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(loop.Statement.DescendantNodes(), node => WaysOut.Contains(node.Kind()));
    }

    /// <summary>No other code compares: the key that came goes into the block and nowhere else.</summary>
    [Fact]
    public void Keys_are_not_kept_and_not_compared_as_text()
    {
        MethodDeclarationSyntax open = Method("Open");

        Assert.DoesNotContain(
            open.DescendantNodes(),
            node => node.Kind() is SyntaxKind.EqualsExpression && node.ToString().Contains("given", StringComparison.Ordinal)
        );
        Assert.DoesNotContain("Equals(", open.ToString(), StringComparison.Ordinal);
        Assert.All(
            typeof(HostKeys).GetFields(System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic),
            field => Assert.NotEqual(typeof(string), field.FieldType)
        );
    }

    private static MethodDeclarationSyntax Method(string name) =>
        Assert.Single(Source.DescendantNodes().OfType<MethodDeclarationSyntax>(), method => method.Identifier.Text == name);
}
