using Microsoft.Extensions.Logging;

namespace HxFunctions.Cli.LocalHost;

/// <summary>LocalHost's messages. None holds a request's path, query or key.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "Function {Function} failed: {Exception}")]
    public static partial void FunctionFailed(ILogger logger, string function, string exception);

    [LoggerMessage(2, LogLevel.Error, "Function {Function} is not loaded: {Problem}")]
    public static partial void FunctionNotLoaded(ILogger logger, string function, string problem);

    [LoggerMessage(3, LogLevel.Debug, "Function {Function} runs next at {Next:o}")]
    public static partial void NextOccurrence(ILogger logger, string function, DateTimeOffset next);

    [LoggerMessage(5, LogLevel.Information, "{Listening}")]
    public static partial void Listening(ILogger logger, string listening);

    [LoggerMessage(4, LogLevel.Debug, "Function {Function} serves {Route} for {Methods} at level {Level}")]
    public static partial void FunctionMapped(ILogger logger, string function, string route, string methods, string level);
}
