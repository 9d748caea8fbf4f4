namespace HxFunctions.Cli.Gateways;

/// <summary>
/// Asks a gateway for the canary in every spelling, and for one path that must pass. What is behind the gateway sees a GET of the open
/// path, and paths that nothing has.
/// </summary>
internal sealed class GatewayCheck(GatewayCheckSettings settings, TimeProvider time)
{
    private const int Parallel = 4;
    private const int MaxRepeats = 3;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Besides GET, in the plain spelling: a gateway may ask for some methods only. PUT and PATCH may create what wasn't there (RFC 9110
    /// section 9.3.4, RFC 5789), and OPTIONS is often answered by a gateway itself, for CORS: they are left out.
    /// </summary>
    private static readonly string[] OtherMethods = ["HEAD", "POST", "DELETE"];

    private readonly RawHttpClient _client = new(settings.Gateway.Base, settings.Gateway.Headers, settings.Timeout, time);
    private readonly string _openTarget = settings.Gateway.Mount + settings.OpenPath;
    private readonly string _neighbour = settings.Gateway.Mount + CanarySpellings.Neighbour;

    public async Task<GatewayCheckResult> RunAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(settings.Overall, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        CanarySpellings spellings = CanarySpellings.Of(
            settings.Gateway.Mount,
            settings.BasePath,
            RawHttpClient.AuthorityOf(settings.Gateway.Base)
        );
        CanaryAsk[] asks =
        [
            .. spellings.Asked.Select(one => new CanaryAsk(one, "GET", CanaryVerdict.NotAsked, null)),
            .. OtherMethods.Select(method => new CanaryAsk(spellings.Asked[0], method, CanaryVerdict.NotAsked, null)),
        ];
        OpenAsk? open = null;
        UpgradeAsk? upgrade = null;
        bool refusesNeighbour = false;
        AddedTime? added = null;
        bool outOfTime = false;
        try
        {
            RawAnswer plain = await AskAsync("GET", spellings.Asked[0].Target, either.Token);
            asks[0] = asks[0] with { Verdict = CanaryJudge.OfPlain(plain), Answer = plain };
            if (plain.Silence == Silence.None)
            {
                open = new(_openTarget, await AskAsync("GET", _openTarget, either.Token));
                // What doesn't pass is no backend's to accept.
                upgrade = open.Passes ? new(_openTarget, await AskForHttp2Async(either.Token)) : null;
            }

            // Where nobody is let in, or nobody is at home, the other spellings would only say the same.
            if (asks[0].Verdict is CanaryVerdict.Refused or CanaryVerdict.Through)
            {
                RawAnswer neighbour = await AskAsync("GET", _neighbour, either.Token);
                refusesNeighbour = CanaryJudge.IsRefusal(neighbour, "GET");
                await AskAllAsync(asks, neighbour, either.Token);
            }

            if (open is { Passes: true } && settings.Direct is not null)
            {
                added = await new TimeComparison(_client, settings, time).RunAsync(_openTarget, either.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // What was found so far stands, and the rest is told as not asked.
            outOfTime = true;
        }

        return new(asks, spellings.Undecided, spellings.UndecidedDisguises, open, upgrade, refusesNeighbour, added, outOfTime);
    }

    private async Task AskAllAsync(CanaryAsk[] asks, RawAnswer neighbour, CancellationToken cancellationToken)
    {
        // What writes by its name goes only to a gateway that refuses a GET.
        bool refusesPlain = asks[0].Verdict == CanaryVerdict.Refused;
        await System.Threading.Tasks.Parallel.ForEachAsync(
            Enumerable.Range(1, asks.Length - 1).Where(i => refusesPlain || asks[i].Method is "GET" or "HEAD"),
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
            async (i, token) =>
            {
                (string method, string target) = (asks[i].Method, asks[i].Spelling.Target);
                RawAnswer answer = await AskAsync(method, target, token);
                int unknown =
                    method == "GET" ? neighbour.Status
                    : CanaryJudge.IsOfForm(answer) ? (await AskAsync(method, _neighbour, token)).Status
                    : 0;
                asks[i] = asks[i] with { Verdict = CanaryJudge.Of(answer, method, unknown), Answer = answer };
            }
        );
    }

    private Task<RawAnswer> AskAsync(string method, string target, CancellationToken cancellationToken) =>
        AskAgainAsync(() => _client.AskAsync(method, target, cancellationToken), cancellationToken);

    private Task<RawAnswer> AskForHttp2Async(CancellationToken cancellationToken) =>
        AskAgainAsync(() => _client.AskForHttp2Async(_openTarget, cancellationToken), cancellationToken);

    /// <summary>Asks, and again when the gateway says to come back later.</summary>
    private async Task<RawAnswer> AskAgainAsync(Func<Task<RawAnswer>> ask, CancellationToken cancellationToken)
    {
        RawAnswer answer = await ask();
        for (int i = 0; i < MaxRepeats && answer.Status == 429; i++)
        {
            TimeSpan wait = answer.RetryAfter ?? TimeSpan.FromSeconds(1);
            await Task.Delay(wait < LongestWait ? wait : LongestWait, time, cancellationToken);
            answer = await ask();
        }

        return answer;
    }
}
