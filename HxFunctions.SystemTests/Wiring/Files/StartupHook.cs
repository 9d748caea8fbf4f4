using HxFunctions.SystemTests.Wiring.Files;

/// <summary>
/// The tests' way into a process of their own that can be killed: the runtime calls this before <c>hx</c> begins when DOTNET_STARTUP_HOOKS
/// names this assembly (docs/design/features/host-startup-hook.md in dotnet/runtime). It must have this name and no namespace.
/// </summary>
internal static class StartupHook
{
    internal static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(ChildTransactions.Variable) is { Length: > 0 } folder)
        {
            ChildTransactions.Run(folder);
        }
    }
}
