using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Tests.Wiring.Yaml;

/// <summary>The settings that <c>hx wire</c> makes.</summary>
internal static class WireSettings
{
    public static IReadOnlyList<YamlSetting> All { get; } =
    [
        new(YamlPath.Of("litellm_settings", "database_url"), YamlScalar.String("os.environ/DATABASE_URL")),
        new(YamlPath.Of("litellm_settings", "redis_url"), YamlScalar.String("os.environ/WRAPPER_REDIS_URL")),
        new(YamlPath.Of("litellm_settings", "proxy_logging"), YamlScalar.Boolean(true)),
        new(YamlPath.Of("litellm_settings", "store_db_logs"), YamlScalar.Boolean(true)),
        new(YamlPath.Of("litellm_settings", "cache"), YamlScalar.Boolean(true)),
        new(YamlPath.Of("litellm_settings", "cache_params", "type"), YamlScalar.String("redis")),
        new(YamlPath.Of("litellm_settings", "cache_params", "host"), YamlScalar.String("os.environ/REDIS_HOST")),
        new(YamlPath.Of("litellm_settings", "cache_params", "port"), YamlScalar.Integer(6379)),
        new(YamlPath.Of("litellm_settings", "cache_params", "password"), YamlScalar.String("os.environ/REDIS_PASSWORD")),
        new(YamlPath.Of("litellm_settings", "cache_params", "ssl"), YamlScalar.Boolean(false)),
        new(YamlPath.Of("general_settings", "database_url"), YamlScalar.String("os.environ/DATABASE_URL")),
    ];
}
