using System.CommandLine;
using System.Text.Json;
using HxFunctions.Core.Configuration;

namespace HxFunctions.Cli.Commands;

/// <summary><c>hx ready</c>: asks a running app whether it can answer for the dependencies. What a container's health check runs, where
/// there is no curl.</summary>
internal static class ReadyCommand
{
    private static readonly RemoteCall Call = new(
        HttpMethod.Get,
        "healthz/ready",
        null,
        "a key",
        // A problem's status is a number.
        answer =>
            answer.TryGetProperty("status", out JsonElement status)
            && status.ValueKind == JsonValueKind.String
            && status.GetString() is "pass" or "fail"
    );

    public static Command Create()
    {
        Option<string?> functions = new("--functions")
        {
            HelpName = "url",
            Description = $"URL of a running function app or hx serve. Default: {Variables.RemoteUrl}, or hx serve on this machine.",
        };
        OutputOptions format = new();
        Command command = new(
            "ready",
            "Ask a running app whether it knows the state of its dependencies. One that is down is a known state, too. Exit code 0: "
                + "it does; 1: it doesn't, or does not answer; 2: usage error."
        )
        {
            functions,
            format.Output,
            format.Json,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(functions), parsed, format, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string? option, ParseResult parsed, OutputOptions format, CancellationToken cancellationToken)
    {
        if (
            !RemoteTarget.TryRead(
                RemoteDefaults.UrlSource(option),
                "the app's",
                option ?? RemoteDefaults.Url ?? Settings.Load().Wrapper.LocalUrl,
                "--key-env",
                null,
                out RemoteTarget? target,
                out string? problem
            )
        )
        {
            return await format.FailAsync(parsed, ExitCode.Misuse, problem);
        }

        using RemoteApp app = new(target);
        (int code, string? fault) = await Waiting.ShowAsync(
            parsed.InvocationConfiguration.Error,
            "Asking the app",
            app.AskAsync(Call, answer => Print(answer, parsed, format), cancellationToken)
        );
        return fault is null ? code : await format.FailAsync(parsed, code, fault);
    }

    private static int Print(JsonElement answer, ParseResult parsed, OutputOptions format)
    {
        bool ready = answer.GetProperty("status").ValueEquals("pass");
        string reason = answer.TryGetProperty("reason", out JsonElement word) ? $": {GuardCommand.OneLine(word.GetString())}" : "";
        parsed.InvocationConfiguration.Output.Write(
            format.IsForMachines(parsed)
                ? format.Format(parsed, CliJson.Write(answer))
                : (ready ? "ready" : $"not ready{reason}") + Environment.NewLine
        );
        return ready ? ExitCode.Ok : ExitCode.Negative;
    }
}
