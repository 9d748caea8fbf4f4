using Azure.Core;

namespace HxFunctions.Tests.Dependencies;

/// <summary>Gives what the test says, and remembers what it was asked for.</summary>
internal sealed class FakeCredential(TimeProvider time) : TokenCredential
{
    private int _calls;

    public int Calls => Volatile.Read(ref _calls);

    public string? LastScope { get; private set; }

    /// <summary>What it gives; its time runs from when it is given.</summary>
    public string Token { get; set; } = "token-one";

    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>When set, it is thrown.</summary>
    public Exception? Failure { get; set; }

    /// <summary>It never answers, and ignores being cancelled.</summary>
    public bool Hangs { get; set; }

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Nothing here may block a thread.");

    public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        LastScope = Assert.Single(requestContext.Scopes);
        Interlocked.Increment(ref _calls);
        if (Hangs)
        {
            await new TaskCompletionSource().Task;
        }

        if (Failure is not null)
        {
            throw Failure;
        }

        return new(Token, time.GetUtcNow() + Lifetime);
    }
}
