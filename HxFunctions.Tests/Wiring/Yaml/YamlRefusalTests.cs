using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Tests.Wiring.Yaml;

public class YamlRefusalTests
{
    [Theory]
    [InlineData("a: 1\n---\nb: 2\n", 2, 1, "second document")]
    [InlineData("a: 1\n---\n", 2, 1, "second document")]
    [InlineData("- a\n- b\n", 1, 1, "the document is a list")]
    [InlineData("# c\nsecret words\n", 2, 1, "the document is a single value")]
    [InlineData("--- ~\n", 1, 5, "the document is a single value")]
    [InlineData("s:\n  a: 1\n\tb: 2\n", 3, 1, "tab")]
    [InlineData("s:\n\ta: 1\n", 2, 1, "tab")]
    [InlineData("a: 1\ns:\n  b: 2\n  b: 3\n", 4, 3, "b is in this mapping twice")]
    [InlineData("a: 1\nz: [{b: 2, 'b': 3}]\n", 2, 12, "b is in this mapping twice")]
    [InlineData("1: a\ntrue: b\n", 2, 1, "is in this mapping twice")]
    [InlineData("sk-secret: 1\nsk-secret: 2\n", 2, 1, "a key is in this mapping twice")]
    [InlineData("s: [1]\n", 1, 4, "s is a list")]
    [InlineData("s: secret\n", 1, 4, "s is a single value")]
    [InlineData("s:\n  p:\n    type: redis\n  v: {x: 1}\n", 4, 6, "s.v is a mapping or a list")]
    [InlineData("s:\n  v:\n  - 1\n", 3, 3, "s.v is a mapping or a list")]
    [InlineData("s:\n  ? v\n  : 1\n", 2, 5, "s.v has no colon")]
    [InlineData("s:\n  ? w\n  : 1\n", 2, 5, "last key has no colon")]
    [InlineData("s: {v}\n", 1, 5, "s.v has no colon")]
    [InlineData("x: &x {v: 1}\ns: *x\n", 2, 4, "s is an alias; write")]
    [InlineData("s: &s {w: 1}\nx: *s\n", 1, 4, "line 2 uses it")]
    [InlineData("s: &s {w: 1}\nx:\n  <<: *s\n", 1, 4, "line 3 uses it")]
    [InlineData("s:\n  v: &v old\nx: *v\n", 2, 6, "s.v has an anchor or a tag")]
    [InlineData("s:\n  v: !!str old\n", 2, 6, "s.v has an anchor or a tag")]
    [InlineData("s: &s\n", 1, 4, "s has an anchor or a tag, but no value")]
    [InlineData("x: &x\n  p: {type: local}\ns:\n  <<: *x\n", 4, 3, "s.p comes from a merge key")]
    [InlineData("a: *nowhere\n", 1, 4, "an alias (*name) has no anchor")]
    [InlineData("a: &a [*a]\n", 1, 8, "a part of the file that contains it")]
    [InlineData("a: &a 1\nb: &a 2\n", 2, 4, "defined twice")]
    [InlineData("a: *S3cr3t!Pw9\n", 1, 4, "an alias (*name) has no anchor above it")]
    [InlineData("a: &S3cr3t [*S3cr3t]\n", 1, 13, "an alias (*name) refers to a part of the file that contains it")]
    [InlineData("? [1, 2]\n: 3\n", 1, 3, "this key is a list")]
    [InlineData("s:\n  <<: text\n", 2, 7, "merge key")]
    [InlineData("s:\n  w: |\n    secret", 3, 11, "end the file with a newline")]
    [InlineData("s: \"open\nx: 1\n", 1, 4, "not valid YAML")]
    [InlineData("s: {a: 1\n", 2, 1, "not valid YAML")]
    [InlineData("s: [secret: }\n", 1, 13, "not valid YAML")]
    [InlineData("s:\n  secret\n  x: 1\n", 3, 4, "not valid YAML")]
    // What PyYAML fails at, or reads otherwise, and YamlDotNet doesn't.
    [InlineData("u: {a: http://h/x?y=1}\n", 1, 18, "LiteLLM can't read this character here")]
    [InlineData("u: [a, b ?c]\n", 1, 10, "LiteLLM can't read this character here")]
    [InlineData("u: {a?: b}\n", 1, 6, "LiteLLM can't read this character here")]
    [InlineData("u: {a: !!str b?c}\n", 1, 15, "LiteLLM can't read this character here")]
    [InlineData("u: [b:]\n", 1, 6, "LiteLLM can't read this character here")]
    [InlineData("u: {a: ::1}\n", 1, 8, "LiteLLM can't read this character here")]
    [InlineData("u: [%x]\n", 1, 5, "LiteLLM can't read this character here")]
    [InlineData("u: [a, @x]\n", 1, 8, "LiteLLM can't read this character here")]
    [InlineData("u: {`x`: 1}\n", 1, 5, "LiteLLM can't read this character here")]
    [InlineData("u: &a.b 1\n", 1, 4, "this anchor (&name) has a character that LiteLLM can't read")]
    [InlineData("a: 1\n: secret\n", 2, 3, "there is no key before the colon here")]
    [InlineData("u: {: x}\n", 1, 5, "there is no key before the colon here")]
    [InlineData("u: [a,:, c]\n", 1, 7, "there is no key before the colon here")]
    [InlineData("u: {a: [1] secret}\n", 1, 12, "a comma is missing before this")]
    [InlineData("u: {a: {b: 1} # c\n  c: 2}\n", 2, 3, "a comma is missing before this")]
    [InlineData("u: {'a\n  secret': 1}\n", 1, 5, "has its colon in another line")]
    [InlineData("u: {a: 1, b # c\n  : 2}\n", 1, 11, "has its colon in another line")]
    [InlineData("s:\t# x\n", 1, 3, "a tab")]
    [InlineData("s: {}\t# x\n", 1, 6, "a tab")]
    [InlineData("a: 1\ns:\tsecret\n", 2, 3, "a tab")]
    [InlineData("s: {}\t\n", 1, 6, "a tab")]
    [InlineData("a: 'x'\t# c\n", 1, 7, "a tab")]
    [InlineData("a: \"\tx\"\t\n", 1, 8, "a tab")]
    [InlineData("a: &a\t'x'\n", 1, 6, "a tab")]
    [InlineData("# c\tc\na: x\t# c\n", 2, 5, "a tab")]
    [InlineData("a: 1\n\t\ns: {}\n", 2, 1, "a tab")]
    [InlineData("\t# c\na: 1\n", 1, 1, "a tab")]
    [InlineData("a: 1\n\t# c\n", 2, 1, "a tab")]
    [InlineData("a: |\t# c\n  x\n", 1, 5, "a tab")]
    [InlineData("a: |\n  x\ty\n\t\nb: 1\n", 3, 1, "a tab")]
    [InlineData("a: [1,\t2]\n", 1, 7, "a tab")]
    [InlineData("a: {b: 1\t}\n", 1, 9, "a tab")]
    [InlineData("-\ta\n", 1, 2, "a tab")]
    [InlineData("a\t: 1\n", 1, 2, "a tab")]
    [InlineData("---\t\na: 1\n", 1, 4, "a tab")]
    [InlineData("\uFEFFa:\t# c\n", 1, 3, "a tab")]
    [InlineData("a: secret\n...\t\n", 2, 4, "a tab")]
    [InlineData("a:\r\n  b: x\ty\r\n", 2, 7, "a tab")]
    [InlineData("a: 1\n\0: 2\n", 2, 1, "a character here that YAML does not allow")]
    [InlineData("\uFEFFa: 1\nb: \u0007\n", 2, 4, "a character here that YAML does not allow")]
    [InlineData("\uFEFF- a\n", 1, 1, "the document is a list")]
    public void Construct_is_refused_at_its_place(string text, int line, int column, string message)
    {
        YamlRefusedException refusal = Assert.Throws<YamlRefusedException>(() =>
            YamlEditor.Set(
                text,
                [new(YamlPath.Of("s", "v"), YamlScalar.String("new-value")), new(YamlPath.Of("s", "p", "host"), YamlScalar.Integer(1))]
            )
        );

        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.Equal((line, column), (refusal.Line, refusal.Column));
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("new-value", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    public void Key_in_braces_is_as_long_as_PyYAML_reads(int length, bool good)
    {
        string text = $"u: {{{new string('k', length)}: 1}}\n";
        if (good)
        {
            YamlConfig.Load(text);
            return;
        }

        YamlRefusedException refusal = Assert.Throws<YamlRefusedException>(() => YamlConfig.Load(text));
        Assert.Contains("a key that is longer than 1024 characters", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>PyYAML reads all of these.</summary>
    [Theory]
    [InlineData("u: {? a\n  b : 1}\n")]
    [InlineData("u: {? : 1}\n")]
    [InlineData("u: {a: [1] # c\n  , b: {c: [d: {}]} # }\n  }\n")]
    [InlineData("u: {a\n  b, c: 1}\n")]
    [InlineData("u: [{a: []}, a: {}, {}]\n")]
    [InlineData("u: {\"a\":1, 'b' : 2}\n")]
    [InlineData("? 'a\n  b'\n: 1\n")]
    public void Entry_that_LiteLLM_reads_is_taken(string text) => YamlConfig.Load(text);

    [Theory]
    [InlineData("# a\tb\ns: {}\n")]
    [InlineData("a: 1 #\tb\n")]
    [InlineData("a: 'x\ty'\n")]
    [InlineData("a: \"x\n\ty\"\n")]
    [InlineData("'a\tb': !!str \"#\t\"\n")]
    [InlineData("a: &b !!str 'x\ty' # \t\n")]
    [InlineData("a: |  # \t\n  x\ty\n  \t\n\n    \tz\nb: 1\n")]
    [InlineData("a:\n- >\n  x\n\n  \ty\n- 1\n")]
    public void Tab_that_LiteLLM_reads_stays(string text) =>
        Assert.StartsWith(
            text.Replace("s: {}\n", "s: {", StringComparison.Ordinal),
            YamlEditor.Set(text, [new(YamlPath.Of("s", "v"), YamlScalar.Integer(1))]).Text,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("[", 10_000)]
    [InlineData("{a: ", 10_000)]
    [InlineData("- ", 10_000)]
    [InlineData("? ", 10_000)]
    public void Deep_nesting_is_refused(string level, int times)
    {
        string text = "a: 1\nb:\n  " + string.Concat(Enumerable.Repeat(level, times));
        Assert.Throws<YamlRefusedException>(() => YamlEditor.Set(text, WireSettings.All));
    }

    [Fact]
    public void Depth_through_aliases_is_refused()
    {
        string text = "a0: &a0 {x: 1}\n" + string.Concat(Enumerable.Range(1, 5000).Select(i => $"a{i}: &a{i} {{x: *a{i - 1}}}\n"));
        Assert.Contains(
            "deeper",
            Assert.Throws<YamlRefusedException>(() => YamlEditor.Set(text, WireSettings.All)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Aliases_that_multiply_do_not_explode()
    {
        string text =
            "a0: &a0 [x, y]\n" + string.Concat(Enumerable.Range(1, 60).Select(i => $"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]\n"));
        Assert.Equal(11, YamlEditor.Set(text, WireSettings.All).Changes.Count);
    }

    [Fact]
    public void Merge_keys_that_multiply_are_refused()
    {
        string text =
            "m0: &m0 {k: 1, l: 2}\n"
            + string.Concat(
                Enumerable
                    .Range(1, 60)
                    .Select(i => $"m{i}: &m{i} {{<<: [{string.Join(", ", Enumerable.Repeat($"*m{i - 1}", 300))}], n{i}: 1}}\n")
            );
        Assert.Contains(
            "too many",
            Assert.Throws<YamlRefusedException>(() => YamlEditor.Set(text, WireSettings.All)).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("a.b", "a.b.c")]
    [InlineData("a.b", "a.b")]
    public void Settings_that_collide_are_refused(string one, string other)
    {
        Assert.True(YamlPath.TryParse(one, out YamlPath? first));
        Assert.True(YamlPath.TryParse(other, out YamlPath? second));
        Assert.Throws<YamlRefusedException>(() =>
            YamlEditor.Set("", [new(first, YamlScalar.Integer(1)), new(second, YamlScalar.Integer(2))])
        );
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x61, 0x00 }, 1, 1)]
    [InlineData(new byte[] { 0x61, 0x3A, 0x0A, 0x62, 0xC3, 0x28 }, 2, 2)]
    [InlineData(new byte[] { 0x61, 0xE2, 0x82 }, 1, 2)]
    public void Bytes_that_are_no_UTF8_are_refused(byte[] bytes, int line, int column)
    {
        YamlRefusedException refusal = Assert.Throws<YamlRefusedException>(() => YamlText.Decode(bytes));
        Assert.Equal((line, column), (refusal.Line, refusal.Column));
    }
}
