namespace HxFunctions.Cli.Demo;

/// <summary>What must still be undone when the process ends without disposing of it, last made first.</summary>
internal static class ExitCleanup
{
    private static readonly List<Action> Actions = [];

    static ExitCleanup() => AppDomain.CurrentDomain.ProcessExit += (_, _) => RunAll();

    /// <summary>Registers <paramref name="action"/>; it must be quick, synchronous and harmless when run twice.</summary>
    public static void Add(Action action)
    {
        lock (Actions)
            Actions.Add(action);
    }

    public static void Remove(Action action)
    {
        lock (Actions)
            Actions.Remove(action);
    }

    private static void RunAll()
    {
        Action[] actions;
        lock (Actions)
            actions = [.. Actions];

        foreach (var action in actions.Reverse())
        {
            try
            {
                action();
            }
            catch (Exception)
            {
                // One thing that can't be undone must not keep the others alive.
            }
        }
    }
}
