using HxFunctions.Wiring;

namespace HxFunctions.Tests.Wiring;

/// <summary>systemd's rules as <c>src/basic/env-file.c</c> has them.</summary>
public class EnvFileTests
{
    [Theory]
    [InlineData("A=b", "b")]
    [InlineData("  A = b c  ", "b c")]
    [InlineData("A=", "")]
    [InlineData("A='b c' ", "b c")]
    [InlineData("A=\"b c\"", "b c")]
    [InlineData("A='b\\c'", "b\\c")]
    [InlineData("A=\"b\\\"\\\\\\$\\`\\n\"", "b\"\\$`\\n")]
    [InlineData("A=b\\ c", "b c")]
    [InlineData("A=b\\\nc", "bc")]
    [InlineData("A=\"b\\\nc\"", "bc")]
    [InlineData("A='b\nc'", "b\nc")]
    [InlineData("A=b\"c\"", "b\"c\"")]
    [InlineData("A='b' \"c\" d'", "bcd'")]
    [InlineData("A=b # no comment", "b # no comment")]
    [InlineData("A='b' # no comment", "b# no comment")]
    [InlineData("A=b\nA=c", "c")]
    [InlineData("# A=b\\\nA=c", "c")]
    [InlineData("; A=b\r\nA=c\r\n", "c")]
    [InlineData("nothing\nA=c", "c")]
    [InlineData("\uFEFFA=c", "c")]
    [InlineData("A=b\\", "b\\")]
    [InlineData("A='b", "b")]
    public void Value_is_read_as_systemd_reads_it(string text, string expected) => Assert.Equal(expected, EnvFile.Parse(text).Values["A"]);

    [Theory]
    [InlineData("export A=b")]
    [InlineData("1A=b")]
    [InlineData("A-B=b")]
    [InlineData("#A=b")]
    [InlineData("A")]
    [InlineData("\u00A0A=b")]
    [InlineData("A\u2003=b")]
    [InlineData("\vA=b")]
    [InlineData("A\f=b")]
    [InlineData("\u2028A=b")]
    public void Line_that_systemd_ignores_has_no_value(string text) => Assert.Empty(EnvFile.Parse(text).Values);

    [Fact]
    public void Exported_name_is_told() => Assert.Equal(["A"], EnvFile.Parse("export A=b\nB=c").Exported);

    [Theory]
    [InlineData("", "A=x\n")]
    [InlineData("B=1", "B=1\nA=x\n")]
    [InlineData("B=1\r\n", "B=1\r\nA=x\r\n")]
    [InlineData("# c\n  A = 'old'  \n# d", "# c\n  A =x  \n# d")]
    [InlineData("A=1\nA=\"2\nmore\"\nB=3", "A=1\nA=x\nB=3")]
    [InlineData("A='x' \n", "A='x' \n")]
    [InlineData("A=\nB=2", "A=x\nB=2")]
    public void Name_is_set_where_it_stands_or_at_the_end(string before, string after)
    {
        EnvFile changed = EnvFile.Parse(before).With("A", "x");
        Assert.Equal(after, changed.ToString());
        Assert.Equal("x", changed.Values["A"]);
        Assert.Same(changed, changed.With("A", "x"));
    }

    [Theory]
    [InlineData("A=1\nB=2\nA=3", "B=2\n")]
    [InlineData("B=2\r\nA='1\r\n2'\r\n# c\r\n", "B=2\r\n# c\r\n")]
    [InlineData("B=2\n", "B=2\n")]
    public void Name_is_taken_out_with_its_lines(string before, string after) =>
        Assert.Equal(after, EnvFile.Parse(before).Without("A").ToString());

    [Theory]
    [InlineData("postgresql://u:p%40@h:5432/db")]
    [InlineData("a b")]
    [InlineData("it's")]
    [InlineData("it's $HOME `x` \\ \"q\"")]
    [InlineData("back\\slash")]
    [InlineData("#x")]
    [InlineData("")]
    [InlineData(" x ")]
    [InlineData("ünïcödé 😀")]
    public void Written_value_is_read_again(string value) =>
        Assert.Equal(value, EnvFile.Parse($"A={EnvFile.Quote(value)}\nB=1").Values["A"]);

    [Fact]
    public void Control_characters_are_refused() => Assert.Throws<ArgumentException>(() => EnvFile.Quote("a\nb"));

    [Theory]
    [InlineData("FOO=\"bar\nBAZ=1\n", 1)]
    [InlineData("A=1\r\n# c\r\nFOO='bar\r\nBAZ=1\r\n", 3)]
    [InlineData("A=1\nFOO='a' \"b\n", 2)]
    [InlineData("A=1\nFOO=\"b\\\"\n", 2)]
    [InlineData("A=1\nFOO=\"b\\", 2)]
    [InlineData("A=1\nFOO='", 2)]
    [InlineData("A=1\nFOO=bar\\\n", 2)]
    [InlineData("A=1\nFOO=bar\\", 2)]
    [InlineData("FOO=bar\\\nmore\\\n", 1)]
    [InlineData("FOO='bar' \\\n", 1)]
    [InlineData("A=1\n# bar\\\n", 2)]
    [InlineData("A=1\n# bar\\", 2)]
    [InlineData("\uFEFFA=1\nFOO='", 2)]
    [InlineData("FOO=bar\\\r\n", null)]
    [InlineData("FOO=bar\\\n\n", null)]
    [InlineData("FOO=bar\\\\\n", null)]
    [InlineData("FOO=bar\\\\", null)]
    [InlineData("FOO='bar\\'\n", null)]
    [InlineData("FOO=\"a\nb\"\n", null)]
    [InlineData("FOO=it's\n", null)]
    [InlineData("# it's \"open\n", null)]
    // Before systemd 254, a comment goes on behind its backslash.
    [InlineData("# bar\\\nA=1\n", 1)]
    [InlineData("A=1\n; bar\\\nB=2\n", 2)]
    [InlineData("# bar\\\n\nA=1\n", null)]
    [InlineData("# bar\\\n# more\nA=1\n", null)]
    [InlineData("# bar\\\r\nA=1\r\n", null)]
    [InlineData("FOO\\\n", null)]
    [InlineData("", null)]
    public void What_is_open_at_the_end_is_told_and_nothing_is_appended_to_it(string text, int? line)
    {
        EnvFile file = EnvFile.Parse(text);
        Assert.Equal(line, file.UnclosedLine);
        if (line is null)
        {
            Assert.Equal("x y", file.With("NEW", "x y").Values["NEW"]);
        }
        else
        {
            Assert.Throws<InvalidOperationException>(() => file.With("NEW", "x y"));
        }
    }

    [Theory]
    [InlineData("A=1\nGUARD_MODE: shadow\n# c\nENABLE_DB_GUARD false\nexport X=1\n", "2 4")]
    [InlineData("1A=1\n A B=2\nC-D=3", "1 2 3")]
    [InlineData("words", "1")]
    [InlineData("A='x\nno setting'\n\n;c\nB=1\n", "")]
    public void Line_that_is_no_setting_is_told_by_its_number(string text, string lines) =>
        Assert.Equal(lines, string.Join(' ', EnvFile.Parse(text).IgnoredLines));

    [Theory]
    [InlineData("export NEW")]
    [InlineData("1NEW")]
    [InlineData("#NEW")]
    [InlineData("")]
    [InlineData("A=1\nNEW")]
    public void Name_that_would_not_be_read_again_is_not_set(string name) =>
        Assert.Throws<InvalidOperationException>(() => EnvFile.Parse("B=2\n").With(name, "x"));

    [Theory]
    [InlineData("\uFEFFA=1\n", true)]
    [InlineData("A=1\n", false)]
    [InlineData("", false)]
    public void Byte_order_mark_is_told(string text, bool expected) => Assert.Equal(expected, EnvFile.Parse(text).HasByteOrderMark);
}
