namespace HxFunctions.Wiring.Services;

/// <summary>What is restarted, and what counts as up.</summary>
/// <param name="Service">LiteLLM.</param>
/// <param name="Wrapper">The gateway's wrapper, restarted after it; <see langword="null"/>: there is none.</param>
/// <param name="Gateway">LiteLLM's address, with its base path if it has one (<c>SERVER_ROOT_PATH</c>).</param>
/// <param name="Timeout">For everything, from the first step to the last; also for a rollback, counted anew.</param>
internal sealed record ServiceOptions(UnitName Service, UnitName? Wrapper, Uri Gateway, TimeSpan Timeout)
{
    /// <summary>How long a service must stay up without a restart. Longer than LiteLLM takes to fail, and than the usual RestartSec= of 5
    /// s.</summary>
    public TimeSpan Settling { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two looks.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>For one try of <c>/health/liveliness</c>.</summary>
    public TimeSpan TryTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// As long as LiteLLM itself may take to bring its database up to date before it answers. Read in
    /// <c>litellm-proxy-extras/litellm_proxy_extras/utils.py</c> (setup_database) of 1.74.4 and 1.81.9: four tries of
    /// <c>prisma migrate deploy</c> of 60 s at most, a pause of up to 14 s after each that fails, and after the one that succeeds a
    /// comparison (60 s) with a repair (60 s): 4 × 60 + 3 × 14 + 120 = 402 s. The rest is for the start itself and for staying up.
    /// </summary>
    public static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(450);

    /// <summary>How often it is told what is waited for.</summary>
    public TimeSpan Telling { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>What the unit has to start with; <see langword="null"/>: files were put back, and nothing is known of what they
    /// wire.</summary>
    public WiredUnit? Wired { get; init; }

    /// <summary>Public, and costs LiteLLM nothing: it only says that the process answers.</summary>
    public Uri Liveliness => Under("/health/liveliness");

    /// <summary>Public: what LiteLLM says of its database and its cache.</summary>
    public Uri Readiness => Under("/health/readiness");

    private Uri Under(string path) =>
        new UriBuilder(Gateway)
        {
            UserName = "",
            Password = "",
            Query = "",
            Fragment = "",
            Path = Gateway.AbsolutePath.TrimEnd('/') + path,
        }.Uri;
}
