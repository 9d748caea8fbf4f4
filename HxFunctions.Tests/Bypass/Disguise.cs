using HxFunctions.Cli.Gateways;

namespace HxFunctions.Tests.Bypass;

/// <summary>A way to write a path otherwise that some server reads as the path.</summary>
/// <param name="Undo">What that server does to what it is sent, in general: it doesn't know what was done.</param>
internal sealed record Disguise(PathDisguise Written, Func<string, string> Undo)
{
    public string Name => Written.Name;

    /// <summary>Writes a path so. The same dice give the same text.</summary>
    public string Apply(string path, Random random) => Written.Apply(path, random);

    public override string ToString() => Name;
}
