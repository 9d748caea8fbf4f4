namespace HxFunctions.Core.Dependencies;

/// <summary>What an answer over HTTP says of the server.</summary>
/// <param name="Reason">One of <see cref="Reasons"/>.</param>
/// <param name="Detail">What the reason alone doesn't say: <c>HTTP 500</c>.</param>
internal readonly record struct HttpFinding(string Reason, string? Detail = null)
{
    public static HttpFinding Ok { get; } = new(Reasons.Ok);

    public bool IsOk => Reason == Reasons.Ok;

    public override string ToString() => Detail is null ? Reason : $"{Reason} ({Detail})";
}
