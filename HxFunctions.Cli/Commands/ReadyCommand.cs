using System.CommandLine;
using System.Text.Json;

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
        answer => answer.TryGetProperty("status", out JsonElement status) && status.GetString() is "pass" or "fail"
    );

    public static Command Create()
    {
        Option<string?> functions = new("--functions")
        {
            Description = "URL of a running function app, or of hx serve. Default: hx serve on this machine.",
        };
        Command command = new(
            "ready",
            "Ask a running app whether it can answer for its dependencies; one that is down is an answer, too. Exit code 0: it "
                + "can; 1: it can't, or does not answer; 2: misuse."
        )
        {
            functions,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                RunAsync(
                    parsed.GetValue(functions),
                    parsed.InvocationConfiguration.Output,
                    parsed.InvocationConfiguration.Error,
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<int> RunAsync(string? url, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        if (
            !RemoteTarget.TryRead(
                "--functions",
                "the app's",
                url ?? Settings.Load().Wrapper.LocalUrl,
                "--key-env",
                null,
                out RemoteTarget? target,
                out string? problem
            )
        )
        {
            await error.WriteLineAsync($"hx: {problem}");
            return ExitCode.Misuse;
        }

        using RemoteApp app = new(target);
        (int code, string? fault) = await app.AskAsync(Call, answer => Print(answer, output), cancellationToken);
        if (fault is not null)
        {
            await error.WriteLineAsync($"hx: {fault}");
        }

        return code;
    }

    private static int Print(JsonElement answer, TextWriter output)
    {
        bool ready = answer.GetProperty("status").ValueEquals("pass");
        string reason = answer.TryGetProperty("reason", out JsonElement word) ? $": {GuardCommand.OneLine(word.GetString())}" : "";
        output.WriteLine(ready ? "ready" : $"not ready{reason}");
        return ready ? ExitCode.Ok : ExitCode.Negative;
    }
}
