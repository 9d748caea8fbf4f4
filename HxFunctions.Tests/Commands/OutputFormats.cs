using YamlDotNet.RepresentationModel;

namespace HxFunctions.Tests.Commands;

/// <summary>Reads what hx writes for machines.</summary>
internal static class OutputFormats
{
    /// <summary>JSON is YAML, so that one reader takes both.</summary>
    public static YamlMappingNode Read(string text)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(text));
        return (YamlMappingNode)Assert.Single(stream.Documents).RootNode;
    }
}
