using HxFunctions.Wiring;
using HxFunctions.Wiring.LiteLlm;
using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Tests.Wiring;

/// <summary>What LiteLLM's own <c>_process_includes</c> makes of an included file.</summary>
public class LiteLlmIncludesTests
{
    [Theory]
    // A whole section takes the place of the one here.
    [InlineData("", "general_settings: {}\n", "line 1: more.yaml has general_settings, which replaces that section here in LiteLLM")]
    [InlineData("", "litellm_settings:\n", "line 1: more.yaml has litellm_settings")]
    [InlineData("", "environment_variables: {REDIS_URL: x}\n", "line 1: more.yaml has environment_variables.REDIS_URL")]
    [InlineData("", "environment_variables: {DATABASE_URL: x}\n", "line 1: more.yaml has environment_variables.DATABASE_URL")]
    [InlineData("", "router_settings: {cache_kwargs: {db: 1}}\n", "line 1: more.yaml has router_settings.cache_kwargs")]
    [InlineData(
        "router_settings: {redis_url: x}\n",
        "router_settings: {num_retries: 1}\n",
        "line 1: more.yaml has router_settings, which replaces that section here in LiteLLM: router_settings.redis_url here would"
    )]
    [InlineData("", "a: [\n", "line 1: more.yaml, line ")]
    [InlineData("", "a: !Ref {b: 1}\n", "line 1: more.yaml has a value in line 1 that LiteLLM can't read")]
    // It does no harm.
    [InlineData("router_settings: {num_retries: 2}\n", "router_settings: {num_retries: 1}\n", null)]
    [InlineData("environment_variables: {A: x}\n", "environment_variables: {B: x}\n", null)]
    [InlineData("", "model_list: []\nguardrails: []\nteam: {litellm_settings: {}}\n", null)]
    [InlineData("", "", null)]
    // It can't be read, and so can't be judged.
    [InlineData("", null, null)]
    public void Included_file_is_judged(string config, string? included, string? problem)
    {
        IReadOnlyList<IncludedConfig> Load() =>
            LiteLlmIncludes.Load(
                "/etc/litellm/config.yaml",
                null,
                YamlConfig.Load($"include: [more.yaml]\n{config}"),
                path => path == "/etc/litellm/more.yaml" ? included : throw new InvalidOperationException(path)
            );
        if (problem is null)
        {
            Assert.Equal(included is null ? 0 : 1, Load().Count);
            return;
        }

        WireRefusedException refusal = Assert.Throws<WireRefusedException>(() => Load());
        Assert.StartsWith($"/etc/litellm/config.yaml, {problem}", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>LiteLLM's <c>os.path.dirname(os.path.abspath(path))</c> doesn't follow a symlink.</summary>
    [Theory]
    [InlineData("more.yaml", "x: 1\n", "x: 1\n", true)]
    [InlineData("more.yaml", "x: 1\n", "x: 2\n", false)]
    [InlineData("more.yaml", "x: 1\n", null, false)]
    [InlineData("more.yaml", null, "x: 1\n", false)]
    [InlineData("/new/more.yaml", "x: 1\n", "x: 2\n", true)]
    public void Included_file_must_be_the_same_next_to_the_link(string name, string? here, string? there, bool good)
    {
        IReadOnlyList<IncludedConfig> Load() =>
            LiteLlmIncludes.Load(
                "/new/config.yaml",
                "/old/config.yaml",
                YamlConfig.Load($"include: [{name}]\n"),
                path => path == "/new/more.yaml" ? here : there
            );
        if (good)
        {
            Assert.Single(Load());
            return;
        }

        Assert.StartsWith(
            "/new/config.yaml, line 1: more.yaml is not the same next to /old/config.yaml",
            Assert.Throws<WireRefusedException>(() => Load()).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("include: []\n")]
    [InlineData("include: more.yaml\n")]
    [InlineData("model_list: []\n")]
    [InlineData("")]
    public void Without_a_list_nothing_is_read(string config) =>
        Assert.Empty(LiteLlmIncludes.Load("/config.yaml", null, YamlConfig.Load(config), _ => throw new InvalidOperationException()));

    [Fact]
    public void Second_file_is_judged_by_its_own_line_and_place()
    {
        WireRefusedException refusal = Assert.Throws<WireRefusedException>(() =>
            LiteLlmIncludes.Load(
                "/etc/litellm/config.yaml",
                null,
                YamlConfig.Load("include:\n  - one.yaml\n  - /srv/two.yaml\n"),
                path => path == "/srv/two.yaml" ? "general_settings: {}\n" : "model_list: []\n"
            )
        );
        Assert.Contains("config.yaml, line 3: /srv/two.yaml has general_settings", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>LiteLLM's loop walks the list that an included file's <c>include</c> joins; all are beside the main file.</summary>
    [Theory]
    [InlineData("general_settings: {}\n", "/etc/litellm/config.yaml, line 1: models/a.yaml, line 2: b.yaml has general_settings")]
    [InlineData("a: [\n", "/etc/litellm/config.yaml, line 1: models/a.yaml, line 2: b.yaml, line ")]
    [InlineData("a: !Ref b\n", "/etc/litellm/config.yaml, line 1: models/a.yaml, line 2: b.yaml has a value in line 1 that LiteLLM")]
    [InlineData("include: [models/a.yaml]\n", "line 1: models/a.yaml, line 2: b.yaml, line 1: models/a.yaml includes itself")]
    [InlineData("include: [b.yaml]\n", "line 1: models/a.yaml, line 2: b.yaml, line 1: b.yaml includes itself")]
    [InlineData("include: [config.yaml]\n", "line 1: models/a.yaml, line 2: b.yaml, line 1: config.yaml includes itself")]
    // Read once more by LiteLLM, and never again.
    [InlineData("include: [c.yaml, c.yaml]\n", null, "c.yaml")]
    // No list: it takes the place of the list, and the loop goes on with the list.
    [InlineData("include: models/a.yaml\n", null)]
    public void Included_files_includes_are_followed(string deepest, string? problem, params string[] more)
    {
        Dictionary<string, string> files = new()
        {
            ["/etc/litellm/models/a.yaml"] = "model_list: []\ninclude: [b.yaml]\n",
            ["/etc/litellm/b.yaml"] = deepest,
            ["/etc/litellm/c.yaml"] = "model_list: []\n",
            ["/etc/litellm/config.yaml"] = "include: [models/a.yaml]\n",
        };
        IReadOnlyList<IncludedConfig> Load() =>
            LiteLlmIncludes.Load(
                "/etc/litellm/config.yaml",
                null,
                YamlConfig.Load(files["/etc/litellm/config.yaml"]),
                files.GetValueOrDefault
            );
        if (problem is null)
        {
            Assert.Equal(["models/a.yaml", "b.yaml", .. more], Load().Select(file => file.Name));
            return;
        }

        Assert.Contains(problem, Assert.Throws<WireRefusedException>(() => Load()).Message, StringComparison.Ordinal);
    }

    /// <summary>Two files that include each other, each met first by another way.</summary>
    [Fact]
    public void Circle_is_found_by_whatever_way() =>
        Assert.Contains(
            "line 1: x.yaml, line 1: y.yaml, line 1: x.yaml includes itself",
            Assert
                .Throws<WireRefusedException>(() =>
                    LiteLlmIncludes.Load(
                        "/config.yaml",
                        null,
                        YamlConfig.Load("include: [x.yaml, y.yaml]\n"),
                        path => path == "/x.yaml" ? "include: [y.yaml]\n" : "include: [x.yaml]\n"
                    )
                )
                .Message,
            StringComparison.Ordinal
        );
}
