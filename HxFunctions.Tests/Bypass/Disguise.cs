namespace HxFunctions.Tests.Bypass;

/// <summary>A way to write a path otherwise that some server reads as the path.</summary>
/// <param name="Name">What is done to the path.</param>
/// <param name="UndoneBy">A server that reads it so, or the rule that lets it.</param>
/// <param name="Apply">Writes a path so. The same dice give the same text.</param>
/// <param name="Undo">What that server does to what it is sent, in general: it doesn't know what was done.</param>
internal sealed record Disguise(string Name, string UndoneBy, Func<string, Random, string> Apply, Func<string, string> Undo)
{
    public override string ToString() => Name;
}
