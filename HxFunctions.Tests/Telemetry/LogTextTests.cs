using HxFunctions.Core.Telemetry;

namespace HxFunctions.Tests.Telemetry;

public class LogTextTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("migrating – naïve 日本 🙂", "migrating – naïve 日本 🙂")]
    [InlineData("a\r\nb\tc", "a  b c")]
    [InlineData("a\u001b[31mb", "a [31mb")]
    [InlineData("a\u0085b\u2028c\u2029d", "a b c d")]
    [InlineData("a\u202eb\u200fc", "a b c")]
    [InlineData("a\0b\u007fc", "a b c")]
    public void Words_of_others_are_one_line_that_commands_no_terminal(string? text, string expected) =>
        Assert.Equal(expected, LogText.OneLine(text));
}
