using HxFunctions.Cli.Commands;
using HxFunctions.Cli.Serving;

// First: without descriptors nothing more can be loaded, not even what tells of it.
return OpenFiles.AreTooFew() ? ExitCode.Negative : await HxCommand.RunAsync(args, Console.Out, Console.Error);
