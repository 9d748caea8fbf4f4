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

    /// <summary>Public, and costs LiteLLM nothing: it only says that the process answers.</summary>
    public Uri Liveliness =>
        new UriBuilder(Gateway)
        {
            UserName = "",
            Password = "",
            Query = "",
            Fragment = "",
            Path = Gateway.AbsolutePath.TrimEnd('/') + "/health/liveliness",
        }.Uri;
}
