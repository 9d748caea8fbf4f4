using System.Diagnostics.Metrics;

namespace HxFunctions.AspNetCore;

/// <summary>The meter <c>HxFunctions.AspNetCore</c>. How long questions took, and on how many connections, .NET's own <c>http.client.*</c>
/// tell.</summary>
internal sealed class GatewayMeter
{
    public const string Name = "HxFunctions.AspNetCore";

    private readonly Counter<long> _requests;

    public GatewayMeter(IMeterFactory factory)
    {
        _requests = factory
            .Create(Name)
            .CreateCounter<long>("hx.gateway.requests", "{request}", "Requests that the guard let pass, or refused, and why.");
    }

    public void Decided(Passage passage) => _requests.Add(1, new KeyValuePair<string, object?>("outcome", WordFor(passage)));

    private static string WordFor(Passage passage) =>
        passage switch
        {
            Passage.Allowlisted => "allowlisted",
            Passage.Kept => "kept",
            Passage.Open => "open",
            Passage.Closed => "closed",
            _ => "unreachable",
        };
}
