namespace HxFunctions.Wiring.LiteLlm;

/// <summary>What comes of a setting that a client doesn't take as it is meant.</summary>
internal enum ClientEffect
{
    /// <summary>Nothing else: the client does without it.</summary>
    Ignored,

    /// <summary>LiteLLM starts, and the client fails whenever it is used.</summary>
    Fails,

    /// <summary>LiteLLM ends while it starts.</summary>
    NoStart,
}

/// <summary>A setting and what comes of it.</summary>
/// <param name="Effect">What comes of it.</param>
/// <param name="Place">Where it stands; see <see cref="LiteLlmValue.Place"/>.</param>
/// <param name="Why">A phrase without secrets.</param>
internal sealed record ClientProblem(ClientEffect Effect, string Place, string Why)
{
    public override string ToString() => $"{Place}: {Why}";
}
