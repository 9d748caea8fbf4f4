using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace HxFunctions.Hosting;

/// <summary>Writes a record as one line, from which the Functions host makes an entry of its log.</summary>
/// <remarks>
/// The host takes the console line by line and adds the time. All of standard output is information to it. Of standard error it reads
/// the level out of the words: "warn" is a warning, "fail" and "error" an error.
/// What is logged inside an invocation isn't written: it reaches the host's log as the function's own.
/// </remarks>
internal sealed class ConsoleLineFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "line";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        if (IsInInvocation(scopeProvider))
        {
            return;
        }

        textWriter.Write(WordOf(logEntry.LogLevel));
        textWriter.Write(": ");
        textWriter.Write(logEntry.Category);
        textWriter.Write(' ');
        textWriter.Write(OnOneLine(logEntry.Formatter(logEntry.State, logEntry.Exception)));
        if (logEntry.Exception is not null)
        {
            textWriter.Write(' ');
            textWriter.Write(OnOneLine(logEntry.Exception.ToString()));
        }

        textWriter.Write(Environment.NewLine);
    }

    private static bool IsInInvocation(IExternalScopeProvider? scopes)
    {
        Found found = new();
        scopes?.ForEachScope(static (scope, found) => found.Running |= scope is InvocationScope { IsRunning: true }, found);
        return found.Running;
    }

    private static string WordOf(LogLevel level) =>
        level switch
        {
            LogLevel.Critical or LogLevel.Error => "fail",
            LogLevel.Warning => "warn",
            LogLevel.Information => "info",
            _ => "dbug",
        };

    private static string OnOneLine(string text) => text.ReplaceLineEndings(" ");

    private sealed class Found
    {
        public bool Running { get; set; }
    }
}
