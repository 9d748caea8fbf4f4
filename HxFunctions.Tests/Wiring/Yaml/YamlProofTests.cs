using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Tests.Wiring.Yaml;

/// <summary>The check after the edit, against edits that went wrong. The setting is s.v = 1.</summary>
public class YamlProofTests
{
    [Theory]
    [InlineData("a: 1 # c\n", "a: 1 # c\ns: {v: 1}\n", true)]
    [InlineData("a: 1\ns:\n", "a: 1\ns:\n  v: 1\n", true)]
    [InlineData("s: {v: 2, w: 3}\n", "s: {v: 0x1, w: 3}\n", true)]
    [InlineData("x: &x [1]\ny: *x\n", "x: [1]\ny: [1]\ns: {v: 1}\n", true)]
    [InlineData("a: 1\n", "a: 1\n", false)]
    [InlineData("a: 1\n", "a: 1\ns: {v: 2}\n", false)]
    [InlineData("a: 1\n", "a: 1\ns: {v: '1'}\n", false)]
    [InlineData("a: 1\n", "a: '1'\ns: {v: 1}\n", false)]
    [InlineData("a: 1\n", "s: {v: 1}\n", false)]
    [InlineData("a: 1\n", "a: 1\nb: 2\ns: {v: 1}\n", false)]
    [InlineData("a: [1, 2]\n", "a: [2, 1]\ns: {v: 1}\n", false)]
    [InlineData("a: [1, 2]\n", "a: [1]\ns: {v: 1}\n", false)]
    [InlineData("a: yes\n", "a: 'yes'\ns: {v: 1}\n", false)]
    [InlineData("a: !x 1\n", "a: !y 1\ns: {v: 1}\n", false)]
    [InlineData("1: a\n", "'1': a\ns: {v: 1}\n", false)]
    [InlineData("x: &x {w: 1}\ns: *x\n", "x: &x {w: 1, v: 1}\ns: *x\n", false)]
    [InlineData("s: {v: {w: 1}}\n", "s: {v: 1}\n", false)]
    [InlineData("s: 1\n", "s: {v: 1}\n", false)]
    [InlineData("a: 1 # c\n", "a: 1\ns: {v: 1}\n", false)]
    [InlineData("a: 1 # c\n", "a: 1 # d\ns: {v: 1}\n", false)]
    [InlineData("a: |+\n  x\n", "a: |+\n  x\n\ns: {v: 1}\n", false)]
    [InlineData("a: 1\n", "a: 1\ns: {v: 1}\n---\n", false)]
    [InlineData("a: 1\n", "a: 1\ns: {v: 1\n", false)]
    public void Edit_is_proved_exactly_when_it_did_what_was_meant(string before, string after, bool isProved)
    {
        YamlSetting setting = new(YamlPath.Of("s", "v"), YamlScalar.Integer(1));
        Assert.Equal(isProved, YamlProof.Prove(YamlConfig.Load(before), after, [setting]) is not null);
    }
}
