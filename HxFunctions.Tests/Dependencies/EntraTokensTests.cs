using Azure.Core;
using HxFunctions.Core.Dependencies;
using HxFunctions.Tests.Servers;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Dependencies;

public sealed class EntraTokensTests : IAsyncDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly FakeLogger<EntraTokens> _logger = new();
    private readonly Redactor _redactor = new([]);
    private readonly FakeCredential _credential;
    private readonly EntraTokens _tokens;

    public EntraTokensTests()
    {
        _credential = new(_time);
        _tokens = new(_credential, EntraTokens.RedisScope, _time, _redactor, _logger);
    }

    public ValueTask DisposeAsync() => _tokens.DisposeAsync();

    [Fact]
    public async Task Token_is_fetched_once_for_all_and_for_its_audience()
    {
        string[] given = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => GetAsync()));
        Assert.All(given, token => Assert.Equal("token-one", token));
        _time.Advance(TimeSpan.FromMinutes(50));
        await GetAsync();
        Assert.Equal((1, EntraTokens.RedisScope), (_credential.Calls, _credential.LastScope));
    }

    [Fact]
    public async Task Token_is_renewed_before_its_end_without_being_asked_for()
    {
        int renewals = 0;
        _tokens.Renewed += () => Interlocked.Increment(ref renewals);
        await GetAsync();
        _credential.Token = "token-two";
        _time.Advance(_credential.Lifetime - EntraTokens.RenewBefore - Moment);
        Assert.Equal("token-one", await GetAsync());
        _time.Advance(Moment);
        await Eventually.TrueAsync(() => Volatile.Read(ref renewals) == 1);
        Assert.Equal("token-two", await GetAsync());
        Assert.Equal("token-two", _tokens.Latest);
        Assert.Equal(2, _credential.Calls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Renewal_that_fails_or_hangs_leaves_the_token_that_holds_and_is_tried_again(bool hangs)
    {
        await GetAsync();
        _credential.Failure = new InvalidOperationException("no");
        _credential.Hangs = hangs;
        _time.Advance(_credential.Lifetime - EntraTokens.RenewBefore);
        await Eventually.TrueAsync(() => _credential.Calls == 2);
        Assert.Equal("token-one", await GetAsync());
        if (hangs)
        {
            _time.Advance(EntraTokens.FetchTimeout);
        }

        await Eventually.TrueAsync(() => _logger.Collector.Count == 1);

        (_credential.Failure, _credential.Hangs, _credential.Token) = (null, false, "token-two");
        _time.Advance(EntraTokens.RetryAfter);
        await Eventually.TrueAsync(() => _tokens.Latest == "token-two");
    }

    [Fact]
    public async Task Expired_token_is_never_given()
    {
        await GetAsync();
        _credential.Failure = new InvalidOperationException("no");
        _time.Advance(_credential.Lifetime);
        await Assert.ThrowsAsync<EntraTokenException>(GetAsync);
        _credential.Failure = null;
        _credential.Token = "token-two";
        Assert.Equal("token-two", await GetAsync());
    }

    [Fact]
    public async Task Hanging_credential_is_waited_for_as_long_as_the_caller_says_and_given_up_in_the_end()
    {
        _credential.Hangs = true;
        using CancellationTokenSource caller = new();
        Task<string> impatient = _tokens.GetAsync(caller.Token);
        Task<string> patient = GetAsync();
        await Eventually.TrueAsync(() => _credential.Calls == 1);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        Assert.False(patient.IsCompleted);

        _time.Advance(EntraTokens.FetchTimeout);
        await Assert.ThrowsAsync<TimeoutException>(() => patient);
        _credential.Hangs = false;
        Assert.Equal("token-one", await GetAsync());
        Assert.Equal(2, _credential.Calls);
    }

    [Fact]
    public async Task Tokens_and_hosts_stay_out_of_exceptions_and_logs()
    {
        await GetAsync();
        _credential.Failure = new InvalidOperationException("token-one was refused by https://login.example.org/tenant");
        _time.Advance(_credential.Lifetime);
        EntraTokenException thrown = await Assert.ThrowsAsync<EntraTokenException>(GetAsync);
        foreach (string text in (string[])[$"{thrown}", .. _logger.Collector.GetSnapshot().Select(l => l.Message)])
        {
            Assert.DoesNotContain("token-one", text, StringComparison.Ordinal);
            Assert.DoesNotContain("login.example.org", text, StringComparison.Ordinal);
        }

        Assert.Equal("*** it was", _redactor.Redact("token-one it was"));
    }

    [Theory]
    [InlineData(3600, null, 3360)]
    [InlineData(86400, 43200, 43200)]
    [InlineData(3600, 7200, 3360)]
    [InlineData(3600, -5, 3360)]
    [InlineData(300, null, 150)]
    [InlineData(1, null, 1)]
    [InlineData(-10, null, 1)]
    public void Renewal_comes_when_the_credential_says_or_in_good_time(int left, int? refreshIn, int expected)
    {
        DateTimeOffset now = _time.GetUtcNow();
        AccessToken token = new("t", now.AddSeconds(left), refreshIn is { } seconds ? now.AddSeconds(seconds) : null);
        Assert.Equal(TimeSpan.FromSeconds(expected), EntraTokens.UntilRenewal(token, now));
    }

    private Task<string> GetAsync() => _tokens.GetAsync(CancellationToken.None);
}
