using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HxFunctions.AspNetCore;

/// <summary>Why a request passes, or doesn't: the words of the counter.</summary>
internal enum Passage
{
    Allowlisted,
    Kept,
    Open,
    Closed,
    Unreachable,
}

/// <summary>What comes of a request.</summary>
/// <param name="RetryAfter">When it is closed: the guard's Retry-After, in seconds.</param>
internal readonly record struct GateDecision(Passage Passage, int RetryAfter = 0)
{
    public bool Passes => Passage is Passage.Allowlisted or Passage.Kept or Passage.Open;
}

/// <summary>Whether a request passes: by the allowlist, by a kept answer, or by the guard's own.</summary>
internal sealed class GuardGate
{
    /// <summary>Questions in the background: a few connections of <see cref="GuardClient.MaxConnections"/>, so that those who wait for an
    /// answer come first.</summary>
    public const int MaxBackgroundQuestions = 8;

    private readonly GuardClient _client;
    private readonly GuardContact _contact;
    private readonly TimeProvider _time;
    private readonly KeptAnswers _kept;
    private readonly GuardAllowlist _allowlist;
    private int _inBackground;

    public GuardGate(
        GuardClient client,
        GuardContact contact,
        TimeProvider time,
        IOptions<HxGuardOptions> options,
        IHostEnvironment environment
    )
    {
        _client = client;
        _contact = contact;
        _time = time;
        _kept = new(options.Value.KeptAnswers);
        // The validator has read it already, so that nothing is wrong with it.
        _allowlist = GuardAllowlist.Read(options.Value, environment.ContentRootPath, []);
    }

    /// <summary>Questions in the background that have no answer yet.</summary>
    public int InBackground => Volatile.Read(ref _inBackground);

    /// <summary>Decides on a request.</summary>
    /// <exception cref="OperationCanceledException">The caller has gone.</exception>
    public async ValueTask<GateDecision> DecideAsync(GuardQuestion question, CancellationToken aborted)
    {
        if (_allowlist.Contains(question))
        {
            return new(Passage.Allowlisted);
        }

        KeptUse use = KeptUse.Over;
        if (_kept.Find(question) is { } kept)
        {
            use = kept.UseAt(_time);
            if (use == KeptUse.WhileAsking)
            {
                AskInBackground(question, kept);
            }

            if (use is KeptUse.Fresh or KeptUse.WhileAsking || (use == KeptUse.WithoutAnswer && !_contact.ShouldAsk()))
            {
                return new(Passage.Kept);
            }
        }

        GuardAnswer answer = await AskAsync(question, aborted);
        return answer.Verdict switch
        {
            Verdict.Open => new(Passage.Open),
            Verdict.Closed => new(Passage.Closed, answer.RetryAfter),
            Verdict.NoAnswer when use == KeptUse.WithoutAnswer => new(Passage.Kept),
            _ => new(Passage.Unreachable),
        };
    }

    /// <summary>The guard's words for a request that it closed.</summary>
    /// <returns>Null: they can't be had.</returns>
    /// <exception cref="OperationCanceledException">The caller has gone.</exception>
    public async Task<GuardAnswer?> WordsAsync(GuardQuestion question, CancellationToken aborted)
    {
        GuardAnswer answer = await _client.AskForWordsAsync(question, aborted);
        // An "open" by now is for the next attempt: one verdict, one request.
        return answer.Words is null ? null : answer;
    }

    private async Task<GuardAnswer> AskAsync(GuardQuestion question, CancellationToken aborted)
    {
        long askedAt = _time.GetTimestamp();
        DateTimeOffset askedAtUtc = _time.GetUtcNow();
        GuardAnswer answer = await _client.AskAsync(question, aborted);
        _contact.Note(answer);
        if (answer.Lifetime is { } lifetime)
        {
            _kept.Keep(question, new(askedAt, askedAtUtc, lifetime));
        }
        else if (answer.Verdict != Verdict.NoAnswer)
        {
            _kept.Remove(question);
        }

        return answer;
    }

    private void AskInBackground(GuardQuestion question, KeptAnswer kept)
    {
        if (!kept.TryBeginAsking())
        {
            return;
        }

        if (Interlocked.Increment(ref _inBackground) > MaxBackgroundQuestions || !_contact.ShouldAsk())
        {
            Interlocked.Decrement(ref _inBackground);
            kept.EndAsking();
            return;
        }

        // Without the request's context, which ends before.
        ThreadPool.UnsafeQueueUserWorkItem(state => _ = AskAgainAsync(question, kept), null);
    }

    private async Task AskAgainAsync(GuardQuestion question, KeptAnswer kept)
    {
        try
        {
            await AskAsync(question, CancellationToken.None);
        }
        catch (ObjectDisposedException)
        {
            // The app ends.
        }
        finally
        {
            kept.EndAsking();
            Interlocked.Decrement(ref _inBackground);
        }
    }
}
