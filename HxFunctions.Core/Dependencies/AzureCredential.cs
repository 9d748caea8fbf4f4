using Azure.Core;
using Azure.Identity;
using HxFunctions.Core.Configuration;

namespace HxFunctions.Core.Dependencies;

/// <summary>The app's identity, with which it asks Microsoft Entra for tokens.</summary>
internal static class AzureCredential
{
    /// <summary>Set where App Service and Functions run:
    /// https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference</summary>
    private const string IdentityEndpoint = "IDENTITY_ENDPOINT";

    /// <summary>In Azure the managed identity and nothing else: the chain would ask half a dozen others first, and hide what is wrong with
    /// it.</summary>
    public static TokenCredential Create(HxSettings settings)
    {
        string? clientId = settings.AzureClientId;
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(IdentityEndpoint)))
        {
            return new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = clientId });
        }

        return new ManagedIdentityCredential(
            clientId is null ? ManagedIdentityId.SystemAssigned : ManagedIdentityId.FromUserAssignedClientId(clientId)
        );
    }
}
