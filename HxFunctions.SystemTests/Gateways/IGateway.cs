namespace HxFunctions.SystemTests.Gateways;

/// <summary>A gateway that runs: it asks the guard about each request and passes on what is open.</summary>
internal interface IGateway : IAsyncDisposable
{
    /// <summary>Where it listens on 127.0.0.1, without TLS.</summary>
    int Port { get; }

    /// <summary>Where it takes HTTP/2 without TLS, by prior knowledge; <see langword="null"/>: nowhere.</summary>
    int? Http2Port { get; }

    /// <summary>The end of its log, for diagnosis.</summary>
    string Log { get; }
}

/// <summary>What a test changes in a gateway's ready files.</summary>
/// <param name="GuardPort">Where the guard answers on 127.0.0.1.</param>
/// <param name="BackendPort">Where the backend does.</param>
internal sealed record GatewaySetup(int GuardPort, int BackendPort)
{
    /// <summary>The function key in the files of the tests.</summary>
    public const string MadeUpKey = "made-up-function-key";

    public string Key { get; init; } = MadeUpKey;

    /// <summary>Waits ten times as long for the guard: on a busy machine an answer that comes must not be missed.</summary>
    public bool IsPatient { get; init; } = true;

    /// <summary>What an operator has got wrong in the main file.</summary>
    public (string From, string To)[] Mistakes { get; init; } = [];

    /// <summary>Whether the model paths of infra/gateways/allowlist.txt pass without a question.</summary>
    public bool HasAllowlist { get; init; }
}
