namespace HxFunctions.Cli.Gateways;

/// <summary>What the guard adds to an ask of the open path: with it and without it in turns, each on a connection that is kept.</summary>
internal sealed class TimeComparison(RawHttpClient gateway, GatewayCheckSettings settings, TimeProvider time)
{
    /// <summary>Of each kind, an odd number: the median is one of them.</summary>
    public const int Asks = 25;

    private readonly RawHttpClient _direct = new(settings.Direct!.Base, settings.Direct.Headers, settings.Timeout, time);

    public async Task<AddedTime> RunAsync(string target, CancellationToken cancellationToken)
    {
        await using RawHttpClient.Connection through = new();
        await using RawHttpClient.Connection around = new();
        string directTarget = settings.Direct!.Mount + settings.OpenPath;
        List<RawAnswer> with = [],
            without = [];
        // The first of each opens the connection and warms up what is behind it: it isn't counted.
        for (int i = 0; i <= Asks; i++)
        {
            RawAnswer guarded = await gateway.AskAsync(through, "GET", target, cancellationToken),
                bare = await _direct.AskAsync(around, "GET", directTarget, cancellationToken);
            if ((Fault(guarded, "the gateway") ?? Fault(bare, "--direct")) is { } fault)
            {
                return new(0, TimeSpan.Zero, TimeSpan.Zero, guarded.Status, bare.Status, fault);
            }

            if (i > 0)
            {
                with.Add(guarded);
                without.Add(bare);
            }
        }

        return new(Asks, Median(with), Median(without), with[^1].Status, without[^1].Status);
    }

    private static string? Fault(RawAnswer answer, string whose) =>
        answer.Silence != Silence.None ? $"{whose}: {answer.Answer.Failure}"
        : answer.Status == 429 ? $"{whose} limits the request rate (429)"
        : null;

    private static TimeSpan Median(IEnumerable<RawAnswer> answers)
    {
        TimeSpan[] sorted = [.. answers.Select(answer => answer.Answer.Took).Order()];
        return sorted[sorted.Length / 2];
    }
}
