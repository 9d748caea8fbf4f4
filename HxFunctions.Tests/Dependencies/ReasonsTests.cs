using System.Reflection;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Tests.Dependencies;

public sealed class ReasonsTests
{
    private static readonly string[] All =
    [
        .. typeof(Reasons)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.IsLiteral && field.FieldType == typeof(string))
            .Select(field => (string)field.GetRawConstantValue()!),
    ];

    [Fact]
    public void Reasons_of_ours_are_tags_of_their_own() =>
        Assert.All(
            All.Except([Reasons.Unknown, Reasons.Other]),
            reason => Assert.Equal((reason, reason), (Reasons.ForTag(reason), Reasons.Sanitize(reason)))
        );

    [Fact]
    public void Reasons_that_refuse_writes_are_two() =>
        Assert.Equal([Reasons.ReadOnly, Reasons.NotWritable], All.Where(Reasons.RefusesWrites));

    [Theory]
    [InlineData("+eval", "+eval")]
    [InlineData("HTTP 500", "HTTP 500")]
    [InlineData("no_synchronous_standby", "no_synchronous_standby")]
    [InlineData("", null)]
    [InlineData("Host=db;Password=x", null)]
    [InlineData("redis://h", null)]
    [InlineData("<b>", null)]
    [InlineData(42, null)]
    [InlineData("a detail that is longer than sixty characters and so may hold anything", null)]
    public void Detail_is_plain_and_short(object detail, string? expected) => Assert.Equal(expected, Reasons.SanitizeDetail(detail));
}
