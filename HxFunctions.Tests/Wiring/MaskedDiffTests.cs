using HxFunctions.Cli.Wiring;

namespace HxFunctions.Tests.Wiring;

public class MaskedDiffTests
{
    [Theory]
    [InlineData("  database_url: os.environ/DATABASE_URL", "  database_url: os.environ/DATABASE_URL")]
    [InlineData("  database_url: postgresql://u:p@h/d", "  database_url: ***")]
    [InlineData("  database_url: \"postgresql://u:p@h/d\" # the old one", "  database_url: ***  # ***")]
    [InlineData("  - model_name: gpt", "  - model_name: ***")]
    [InlineData("  - plain", "  - ***")]
    [InlineData("cache: true", "cache: true")]
    [InlineData("rpm: 600", "rpm: 600")]
    [InlineData("master_key: 123456", "master_key: ***")]
    [InlineData("  password: 123456", "  password: ***")]
    [InlineData("litellm_settings:", "litellm_settings:")]
    [InlineData("litellm_settings: # all of it", "litellm_settings:  # ***")]
    [InlineData("  cache_params: {type: redis, password: x}", "  cache_params: ***")]
    [InlineData("# key: x", "# ***")]
    [InlineData("prompt: |", "prompt: |")]
    [InlineData("    line of a text", "    ***")]
    [InlineData("PG_URL=postgresql://u:p@h/d", "PG_URL=***")]
    [InlineData("PG_TIMEOUT=3", "PG_TIMEOUT=3")]
    [InlineData("WRAPPER_KEYS=a=b", "WRAPPER_KEYS=***")]
    [InlineData("Environment=\"LITELLM_CONFIG=/etc/c.yaml\"", "Environment=\"LITELLM_CONFIG=/etc/c.yaml\"")]
    [InlineData("Environment=SECRET=x", "Environment=***")]
    [InlineData("EnvironmentFile=/etc/x.env", "EnvironmentFile=/etc/x.env")]
    [InlineData("https://u:p@h/", "***")]
    [InlineData("", "")]
    public void Line_shows_nothing_that_could_be_a_secret(string line, string expected) => Assert.Equal(expected, MaskedDiff.MaskLine(line));

    [Fact]
    public void Diff_has_hunks_with_context_that_apply_to_the_right_lines()
    {
        string[] old = [.. Enumerable.Range(1, 30).Select(i => $"k{i}: {i}")];
        string before = string.Join('\n', old);
        string after = before.Replace("k3: 3", "k3: true", StringComparison.Ordinal).Replace("k20: 20", "k20: 20\nnew: false", StringComparison.Ordinal);
        Assert.Equal(
            [
                "--- f", "+++ f", "@@ -1,6 +1,6 @@", " k1: 1", " k2: 2", "-k3: 3", "+k3: true", " k4: 4", " k5: 5", " k6: 6",
                "@@ -18,6 +18,7 @@", " k18: 18", " k19: 19", " k20: 20", "+new: false", " k21: 21", " k22: 22", " k23: 23",
            ],
            MaskedDiff.Lines("f", before, after));
    }

    [Fact]
    public void Same_text_has_no_diff() => Assert.Empty(MaskedDiff.Lines("f", "a: 1", "a: 1"));

    [Fact]
    public void New_file_is_all_added() => Assert.Equal(["--- (no file)", "+++ f", "@@ -0,0 +1,1 @@", "+A=1"], MaskedDiff.Lines("f", null, "A=1"));
}
