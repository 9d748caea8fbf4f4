using System.Text;

namespace HxFunctions.Core.Http.Status;

/// <summary>The page's style and script, which lie beside this file and are built into the assembly.</summary>
internal sealed class StatusAsset
{
    private StatusAsset(string name)
    {
        using Stream stream = typeof(StatusAsset).Assembly.GetManifestResourceStream(typeof(StatusAsset), name)!;
        using StreamReader reader = new(stream, Encoding.UTF8);
        Content = reader.ReadToEnd().Trim();
    }

    public static StatusAsset Style { get; } = new("status.css");

    public static StatusAsset Script { get; } = new("status.js");

    public string Content { get; }
}
