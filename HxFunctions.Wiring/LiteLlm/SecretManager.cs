using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>
/// What LiteLLM asks before its own environment (litellm/secret_managers: main.py, get_secret, and secret_manager_handler.py; the same in
/// 1.74.4 and 1.81.9).
/// </summary>
internal static class SecretManager
{
    private const string Name = "key_management_system";
    private const string Settings = "key_management_settings";

    /// <summary>Says of a name that it doesn't have that it is nothing, where the others raise an error, at which LiteLLM takes the
    /// environment's value (aws_secret_manager_v2.py, sync_read_secret).</summary>
    private const string Alone = "aws_secret_manager";

    /// <summary>They have no value for the wired variables. A key management service decrypts the environment's value, and fails at one
    /// that isn't encrypted; in a key vault no name has an underscore.</summary>
    private static readonly string[] Without = ["aws_kms", "google_kms", "azure_key_vault"];

    /// <summary>What comes of it for the wired variables; <see langword="null"/>: nothing.</summary>
    public static string? Warning(LiteLlmView view, YamlConfig config)
    {
        if (
            view.Find("general_settings", Name) is not { IsTruthy: true, Text: var system }
            || Without.Contains(system)
            || view.Find("general_settings", Settings, "access_mode") is { Text: "write_only" }
            || Asked(config) is not { Length: > 0 } names
        )
        {
            return null;
        }

        string all = string.Join(", ", names);
        return system == Alone
            ? $"general_settings.{Name} is {Alone}: LiteLLM takes {all} from there alone. What is missing there it does not have, and "
                + "without its database's URL or its cache's host it does not start. To use the values here, list in "
                + $"general_settings.{Settings}.hosted_keys which other names the secret manager has"
            : $"general_settings.{Name} is set: LiteLLM asks that secret manager first, so what it has as {all} takes precedence over the "
                + "values here";
    }

    /// <summary>Of the wired variables, those that it is asked for: with <c>hosted_keys</c>, those named there.</summary>
    private static string[] Asked(YamlConfig config)
    {
        YamlNode? hosted = config.Find(YamlPath.Of("general_settings", Settings, "hosted_keys"));
        return
        [
            .. ConfigReference
                .In(config)
                .Where(reference => !reference.IsForeign)
                .Select(reference => reference.Name)
                .Append(LiteLlmSettings.DatabaseUrl)
                .Distinct()
                .Where(name =>
                    hosted is not YamlSequenceNode list || list.Items.Any(item => item is YamlScalarNode key && key.Text == name)
                )
                .Order(StringComparer.Ordinal),
        ];
    }
}
