using HxFunctions.Cli.Commands;

return await HxCommand.RunAsync(args, Console.Out, Console.Error);
