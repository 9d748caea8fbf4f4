using System.Globalization;
using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Integration;

/// <summary>Another's lease, renewed as an instance does it until somebody removes it: none is given for longer than its length.</summary>
internal sealed class OthersLease : IAsyncDisposable
{
    public const string Holder = "another";

    private static readonly TimeSpan RenewedEvery = TimeSpan.FromSeconds(0.5);

    private readonly CancellationTokenSource _over = new();
    private readonly Task _renewing;

    private OthersLease(RedisServer redis, string key, string lasts)
    {
        _renewing = RenewAsync(redis, key, lasts, _over.Token);
    }

    public static async Task<OthersLease> TakeAsync(RedisServer redis, string key, TimeSpan lasts)
    {
        string milliseconds = ((long)lasts.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        await redis.CommandAsync("SET", key, Holder, "PX", milliseconds);
        return new(redis, key, milliseconds);
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _over.Dispose();
    }

    private static async Task RenewAsync(RedisServer redis, string key, string lasts, CancellationToken over)
    {
        while (await redis.CommandAsync(["GET", key], over) == Holder)
        {
            await redis.CommandAsync(["PEXPIRE", key, lasts], over);
            await Task.Delay(RenewedEvery, over);
        }
    }
}
