using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace HxFunctions.Cli.Commands;

/// <summary>A command's help, with an example of how it is used at its end.</summary>
internal sealed class ExampleHelpAction(HelpAction help) : SynchronousCommandLineAction
{
    /// <summary>By the command's full name.</summary>
    public static IReadOnlyDictionary<string, string> Examples { get; } =
        new Dictionary<string, string>
        {
            ["hx"] = "hx demo --once",
            ["hx serve"] = "hx serve --port 8001",
            ["hx demo"] = "hx demo --once",
            ["hx check"] = "hx check -o yaml",
            ["hx config"] = "hx config",
            ["hx guard"] = "hx guard /v1/keys --method POST",
            ["hx routes"] = "hx routes check --gateway https://gateway.example",
            ["hx routes list"] = "hx routes list -o json",
            ["hx routes check"] = "hx routes check --gateway https://gateway.example --key-env LITELLM_MASTER_KEY",
            ["hx gateway"] = "hx gateway check https://gateway.example",
            ["hx gateway check"] =
                "hx gateway check https://gateway.example --header-env Authorization=GATEWAY_AUTHORIZATION --junit gateway.xml",
            ["hx override"] = "hx override closed --for 30m --reason 'migrating the key table'",
            ["hx wire"] = "hx wire plan --config /etc/litellm/config.yaml",
            ["hx wire plan"] = "hx wire plan --config /etc/litellm/config.yaml --set router_settings.num_retries=2",
            ["hx wire apply"] = "hx wire apply --config /etc/litellm/config.yaml --service litellm --wrapper none",
            ["hx wire verify"] = "hx wire verify --config /etc/litellm/config.yaml --json",
            ["hx wire rollback"] = "hx wire rollback --config /etc/litellm/config.yaml",
            ["hx wire backups"] = "hx wire backups --config /etc/litellm/config.yaml",
            ["hx smoke"] =
                "hx smoke --gateway https://gateway.example --key-env LITELLM_MASTER_KEY --functions https://functions.example "
                + "--functions-key-env HX_KEY",
            ["hx watch"] = "hx watch --functions https://functions.example --key-env HX_KEY",
            ["hx ready"] = "hx ready --functions http://127.0.0.1:8001",
            ["hx help"] = "hx help exit-codes",
            ["hx completion"] = "source <(hx completion bash)",
        };

    /// <summary>As help's own: whoever asks for help has not given all arguments yet.</summary>
    public override bool ClearsParseErrors => true;

    public static string NameOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{NameOf(parent)} {command.Name}" : "hx";

    public override int Invoke(ParseResult parseResult)
    {
        int code = help.Invoke(parseResult);
        if (Examples.TryGetValue(NameOf(parseResult.CommandResult.Command), out string? example))
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"Example:{Environment.NewLine}  {example}{Environment.NewLine}");
        }

        return code;
    }
}
