using System.Text.Json.Nodes;
using HxFunctions.Core.Http;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;

namespace HxFunctions.Hosting;

/// <summary>
/// Tells the host the levels that hold in this process. The triggers' attributes, and with them <c>functions.metadata</c>, can only say
/// those of <see cref="Endpoints"/>.
/// </summary>
/// <remarks>The host asks the worker for its functions and takes their bindings from the answer. Where it reads
/// <c>functions.metadata</c> instead, it asks for a key as before:
/// https://github.com/Azure/azure-functions-host/blob/dev/src/WebJobs.Script/Host/FunctionMetadataProvider.cs</remarks>
internal sealed class FunctionLevels(PrincipalAccess access) : IFunctionMetadataTransformer
{
    public string Name => nameof(FunctionLevels);

    public void Transform(IList<IFunctionMetadata> original)
    {
        foreach (HttpEndpoint endpoint in Endpoints.All)
        {
            AccessLevel level = access.LevelOf(endpoint);
            if (level != endpoint.Level)
            {
                Declare(level, original.Single(function => function.Name == endpoint.Name).RawBindings!);
            }
        }
    }

    private static void Declare(AccessLevel level, IList<string> bindings)
    {
        for (int i = 0; i < bindings.Count; i++)
        {
            JsonObject binding = JsonNode.Parse(bindings[i])!.AsObject();
            if (binding.ContainsKey("authLevel"))
            {
                binding["authLevel"] = level.ToString();
                bindings[i] = binding.ToJsonString();
            }
        }
    }
}
