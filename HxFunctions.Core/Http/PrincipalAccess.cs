using HxFunctions.Core.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace HxFunctions.Core.Http;

/// <summary>
/// Who may ask the guard without a key: those whom <c>GUARD_PRINCIPALS</c> names, as App Service authentication says who they are.
/// For the Functions app alone: <c>hx serve</c> has nobody before it who would keep a caller from naming himself.
/// </summary>
/// <remarks>App Service adds the header after it has checked the caller's token; from outside nobody can set it:
/// https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities#access-user-claims-in-app-code</remarks>
internal sealed class PrincipalAccess(HxSettings settings)
{
    /// <summary>The caller's object id.</summary>
    public const string Header = "X-MS-CLIENT-PRINCIPAL-ID";

    /// <summary>Both are needed: someone who vouches for callers, and a list of them.</summary>
    private readonly bool _isOn = settings.PlatformAuthenticates && settings.GuardPrincipals.Count > 0;

    /// <summary>The level that the host is told. Where it is <see cref="AccessLevel.Anonymous"/> by this, <see cref="Admits"/> decides.
    /// </summary>
    public AccessLevel LevelOf(HttpEndpoint endpoint) => AsksPrincipals(endpoint) ? AccessLevel.Anonymous : endpoint.Level;

    /// <summary>Whether this caller may go on, as far as it is for the app to say: keys are the host's.</summary>
    public bool Admits(HttpEndpoint endpoint, IHeaderDictionary headers) => !AsksPrincipals(endpoint) || IsListed(headers[Header]);

    private bool AsksPrincipals(HttpEndpoint endpoint) => _isOn && endpoint.AdmitsPrincipals;

    private bool IsListed(StringValues values) =>
        values.Count == 1 && Guid.TryParseExact(values[0], "D", out Guid principal) && settings.GuardPrincipals.Contains(principal);
}
