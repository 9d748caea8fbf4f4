namespace HxFunctions.Core.Configuration;

/// <summary>Reads who may ask the guard without a key, and whether someone vouches for callers.</summary>
internal static class GuardPrincipals
{
    /// <summary>Set by App Service, never by an operator.
    /// https://learn.microsoft.com/azure/app-service/reference-app-settings#authentication--authorization</summary>
    private const string PlatformAuthentication = "WEBSITE_AUTH_ENABLED";

    /// <summary>The object ids. One that can't be read leaves none: whoever was meant needs a key then.</summary>
    public static Guid[] Read(VariableReader variables)
    {
        if (variables.Text(Variables.GuardPrincipals) is not { } text)
        {
            return [];
        }

        List<Guid> principals = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!Guid.TryParseExact(part, "D", out Guid principal))
            {
                variables.AddProblem(
                    Variables.GuardPrincipals,
                    "must be object IDs such as 01234567-89ab-cdef-0123-456789abcdef, separated by commas"
                );
                return [];
            }

            principals.Add(principal);
        }

        return [.. principals];
    }

    /// <summary>Whether App Service authentication stands before this process.</summary>
    /// <remarks>Read as the Functions host reads it, which on Flex Consumption runs that authentication itself, by this variable:
    /// https://github.com/Azure/azure-functions-host/blob/dev/src/WebJobs.Script.WebHost/Configuration/HostEasyAuthOptionsSetup.cs</remarks>
    public static bool AreVouchedFor(VariableReader variables) =>
        variables.Text(PlatformAuthentication) is { } text
        && (bool.TryParse(text, out bool enabled) ? enabled : int.TryParse(text, out int number) && number != 0);

    /// <summary>Adds that a list has no effect where nobody vouches for callers.</summary>
    public static void Check(HxSettings settings, VariableReader variables)
    {
        if (settings is { GuardPrincipals.Count: > 0, PlatformAuthenticates: false })
        {
            variables.AddHint(
                Variables.GuardPrincipals,
                $"has no effect: App Service authentication is off ({PlatformAuthentication}), so /guard needs a key"
            );
        }
    }
}
