namespace HxFunctions.AspNetCore;

/// <summary>How a gateway asks the guard. Bound from a configuration section, such as <c>HxGuard</c>, or set in code.</summary>
public sealed class HxGuardOptions
{
    /// <summary>The guard's base URL, such as <c>http://127.0.0.1:8001</c>. Required. Without the guard's own route.</summary>
    public string? Url { get; set; }

    /// <summary>The function key, sent as <c>x-functions-key</c> to the guard and to nobody else. Empty: none is sent, for a guard without
    /// keys.</summary>
    public string? Key { get; set; }

    /// <summary>How long an answer of the guard may take, from 0.1 to 60 seconds; 2 by default. The words of a refusal have as long
    /// again.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How many answers that no rule guards a path are kept, from 100 to 1,000,000; 10,000 by default. 0: none.</summary>
    public int KeptAnswers { get; set; } = 10_000;

    /// <summary>What passes without a question, exactly as written: <c>POST /v1/chat/completions</c>. Empty by default.</summary>
    public IList<string> Allowlist { get; } = [];

    /// <summary>A file with an entry of the allowlist on each line, and comments after <c>#</c>; read once, at the start. A relative path
    /// is taken from the content root. None by default.</summary>
    public string? AllowlistFile { get; set; }
}
