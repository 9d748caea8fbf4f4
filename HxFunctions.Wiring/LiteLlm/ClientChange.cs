namespace HxFunctions.Wiring.LiteLlm;

/// <summary>What a client of LiteLLM's connects to before and after. No secrets.</summary>
internal sealed record ClientChange(string Client, string Before, string After)
{
    public bool Differs => Before != After;
}
