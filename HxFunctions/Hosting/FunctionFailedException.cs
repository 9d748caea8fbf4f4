namespace HxFunctions.Hosting;

/// <summary>A function failed. The message tells of the exception that it threw, without credentials and addresses.</summary>
internal sealed class FunctionFailedException(string message) : Exception(message);
