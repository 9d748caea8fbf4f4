using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.Core.Http;

/// <summary>One HTTP endpoint of the product, as both hosts serve it.</summary>
/// <param name="Name">The function's name under the Functions host.</param>
/// <param name="Route">The route template, without a leading slash and without the host's prefix.</param>
/// <param name="Level">The key that a caller must send.</param>
/// <param name="Methods">The HTTP methods that it answers, upper case; empty: every method.</param>
/// <param name="Bind">Makes what answers its requests, once per process.</param>
public sealed record HttpEndpoint(
    string Name,
    string Route,
    AccessLevel Level,
    IReadOnlyList<string> Methods,
    Func<IServiceProvider, Func<HttpRequest, Task<IResult>>> Bind
)
{
    /// <summary>Whether those whom <c>GUARD_PRINCIPALS</c> names may ask without a key: <see cref="PrincipalAccess"/>.</summary>
    public bool AdmitsPrincipals { get; init; }

    /// <summary>An endpoint that a registered handler answers.</summary>
    internal static HttpEndpoint Of<THandler>(
        string name,
        string route,
        AccessLevel level,
        IReadOnlyList<string> methods,
        Func<THandler, HttpRequest, Task<IResult>> answer
    )
        where THandler : notnull =>
        new(
            name,
            route,
            level,
            methods,
            services =>
            {
                THandler handler = services.GetRequiredService<THandler>();
                return request => answer(handler, request);
            }
        );

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({(Methods.Count == 0 ? "any method" : string.Join(',', Methods))} /{Route}, {Level})";
}
