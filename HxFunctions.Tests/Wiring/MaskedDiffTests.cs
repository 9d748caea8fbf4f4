using HxFunctions.Wiring;

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
    [InlineData("Environment=\"LITELLM_CONFIG=/x\" \"OPENAI_API_KEY=sk-leaked\"", "Environment=***")]
    [InlineData("Environment=\"LITELLM_CONFIG=/x\" \"A=\\\"b\"", "Environment=***")]
    [InlineData("Environment=\"LITELLM_CONFIG=/a \\\"b\\\".yaml\"", "Environment=\"LITELLM_CONFIG=/a \\\"b\\\".yaml\"")]
    [InlineData("Environment=\"LITELLM_CONFIG=/x", "Environment=***")]
    [InlineData("LITELLM_CONFIG=/x OPENAI_API_KEY=sk-leaked", "LITELLM_CONFIG=***")]
    [InlineData("LITELLM_CONFIG=https://u:p@h/", "LITELLM_CONFIG=***")]
    [InlineData("EnvironmentFile=-/etc/x.env", "EnvironmentFile=-/etc/x.env")]
    [InlineData("ExecStart=/bin/x --key sk-leaked", "***")]
    [InlineData("JBSWY3DPEHPK3PXP=", "***")]
    [InlineData("    JBSWY3DPEHPK3PXP=", "    ***")]
    [InlineData("JBSWY3DPEHPK3PXP: true", "***")]
    [InlineData("OPENAI_API_KEY=sk-leaked", "***")]
    [InlineData("LICENSE=445566", "***")]
    [InlineData("A_TIMEOUT=3", "***")]
    [InlineData("  sk-abcdef123456: alice", "  ***")]
    [InlineData("  - sk-abcdef123456: alice", "  - ***")]
    [InlineData("  \"sk_abcdef123456\": alice", "  ***")]
    [InlineData("  abcdefghijklmnopqrstuvwxyzabcdefghijklmno: x", "  ***")]
    [InlineData("  a1b2c3: x", "  ***")]
    [InlineData("  Upper: x", "  ***")]
    [InlineData("  s3_bucket: x", "  s3_bucket: ***")]
    [InlineData("  'cache': \"true\"", "  'cache': \"true\"")]
    [InlineData("auth: 123456", "auth: ***")]
    [InlineData("redis_auth: 654321", "redis_auth: ***")]
    [InlineData("otp: 123456", "otp: ***")]
    [InlineData("my_number: 123456", "my_number: ***")]
    [InlineData("password: redis", "password: ***")]
    [InlineData("password: True", "password: ***")]
    [InlineData("password: null", "password: null")]
    [InlineData("password: os.environ/REDIS_PASSWORD", "password: os.environ/REDIS_PASSWORD")]
    [InlineData("host: os.environ/X sk-leaked", "host: ***")]
    [InlineData("prompt: |123456", "prompt: ***")]
    [InlineData("prompt: >2-", "prompt: >2-")]
    [InlineData("    port: 6379", "    port: 6379")]
    [InlineData("timeout: 2.5", "timeout: 2.5")]
    [InlineData("REDIS_PORT=6379", "REDIS_PORT=6379")]
    [InlineData("REDIS_DB=2", "REDIS_DB=2")]
    [InlineData("REDIS_PASSWORD=123456", "REDIS_PASSWORD=***")]
    [InlineData("REDIS_PASSWORD=redis", "REDIS_PASSWORD=***")]
    [InlineData("REDIS_HOST=127.0.0.1", "REDIS_HOST=***")]
    [InlineData("PG_URL=|123456", "PG_URL=***")]
    [InlineData("HEALTH_FALL=2", "HEALTH_FALL=2")]
    [InlineData("GUARD_MAX_STALENESS=2", "GUARD_MAX_STALENESS=2")]
    [InlineData("GUARD_MODE=enforce", "GUARD_MODE=enforce")]
    [InlineData("PG_AUTH=password", "PG_AUTH=password")]
    [InlineData("AZURE_CLIENT_ID=123456", "AZURE_CLIENT_ID=***")]
    [InlineData("https://u:p@h/", "***")]
    [InlineData("", "")]
    public void Line_shows_nothing_that_could_be_a_secret(string line, string expected) =>
        Assert.Equal(expected, MaskedDiff.MaskLine(line));

    [Fact]
    public void Diff_has_hunks_with_context_that_apply_to_the_right_lines()
    {
        string[] old = [.. Enumerable.Range(1, 30).Select(i => $"k{i}: os.environ/A{i}")];
        string before = string.Join('\n', old);
        string after = before
            .Replace("k3: os.environ/A3\n", "k3: true\n", StringComparison.Ordinal)
            .Replace("k20: os.environ/A20", "k20: os.environ/A20\nnew: false", StringComparison.Ordinal);
        string Kept(int i) => " " + old[i - 1];
        Assert.Equal(
            [
                "--- f",
                "+++ f",
                "@@ -1,6 +1,6 @@",
                Kept(1),
                Kept(2),
                "-k3: os.environ/A3",
                "+k3: true",
                Kept(4),
                Kept(5),
                Kept(6),
                "@@ -18,6 +18,7 @@",
                Kept(18),
                Kept(19),
                Kept(20),
                "+new: false",
                Kept(21),
                Kept(22),
                Kept(23),
            ],
            MaskedDiff.Lines("f", before, after)
        );
    }

    [Fact]
    public void Value_over_several_lines_is_masked_in_all_of_them() =>
        Assert.Equal(
            ["--- f", "+++ f", "@@ -1,3 +1,4 @@", " ***", " ***", " ***", "+PG_TIMEOUT=3"],
            MaskedDiff.Lines("f", "SEED=\"one\nJBSWY3DPEHPK3PXP=\nlast\"\n", "SEED=\"one\nJBSWY3DPEHPK3PXP=\nlast\"\nPG_TIMEOUT=3\n")
        );

    /// <summary>A line of a text may look like an entry.</summary>
    [Theory]
    [InlineData("salt: |\n  hunter: battery\n\n  more: text\nport: 1", "salt: |;  ***;;  ***;port: 1")]
    [InlineData("- salt: >-\n    hunter: battery\n  port: 1", "- salt: >-;    ***;  port: 1")]
    [InlineData("- |\n hunter: battery\n- port: 1", "- ***; ***;- port: 1")]
    [InlineData("salt: \"a\n  hunter: b\n  c: d\"\nport: 1", "salt: ***;  ***;  ***;port: 1")]
    [InlineData("salt: 'a''\n  hunter: b'\nport: 1", "salt: ***;  ***;port: 1")]
    [InlineData("SALT='a\nport: b'\nHEALTH_FALL=2", "***;***;HEALTH_FALL=2")]
    [InlineData("SALT=a\\\nport: b\nHEALTH_FALL=2", "***;***;HEALTH_FALL=2")]
    [InlineData("salt: \"a\" # it's\nport: 1", "salt: ***  # ***;port: 1")]
    public void Line_within_a_value_shows_no_name(string text, string expected)
    {
        IEnumerable<string> lines = MaskedDiff.Lines("f", null, text).Skip(3).Select(line => line[1..]);
        Assert.Equal(expected, string.Join(';', lines));
    }

    [Fact]
    public void Same_text_has_no_diff() => Assert.Empty(MaskedDiff.Lines("f", "a: 1", "a: 1"));

    [Fact]
    public void New_file_is_all_added() =>
        Assert.Equal(["--- (no file)", "+++ f", "@@ -0,0 +1,1 @@", "+PG_TIMEOUT=1"], MaskedDiff.Lines("f", null, "PG_TIMEOUT=1"));
}
