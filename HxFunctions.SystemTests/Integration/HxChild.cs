using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Commands;
using HxFunctions.Tests.Servers;

namespace HxFunctions.SystemTests.Integration;

/// <summary><c>hx serve</c> as a process of its own, which can be paused and killed.</summary>
internal sealed partial class HxChild : IAsyncDisposable
{
    private readonly ThrowAwayDirectory _directory = new("hx-serve-");
    private readonly ChildProcess _process;
    private HttpClient? _client;

    private HxChild(IReadOnlyDictionary<string, string?> variables, string? hosts) =>
        _process = Launch(variables, _directory, ["serve"], hosts is null ? [] : [.. WithHosts, hosts]);

    /// <summary>In a mount namespace of its own, with another file for <c>/etc/hosts</c>. Who isn't root, is so in there.</summary>
    private static readonly string[] WithHosts =
    [
        "unshare",
        .. Environment.IsPrivilegedProcess ? Array.Empty<string>() : ["--map-root-user"],
        "--mount",
        "sh",
        "-c",
        "mount --bind \"$0\" /etc/hosts && exec \"$@\"",
    ];

    /// <summary>Where it listens.</summary>
    public Uri Address => _client!.BaseAddress!;

    /// <summary>The process: env(1) has become the program.</summary>
    public int Id => _process.Id;

    /// <param name="hosts">What it reads instead of <c>/etc/hosts</c>, also when that is written again. Null: the machine's.</param>
    /// <param name="port">Where one was that this one takes the place of; 0: any.</param>
    public static async Task<HxChild> StartAsync(IReadOnlyDictionary<string, string?> variables, string? hosts = null, int port = 0)
    {
        HxChild child = new(new Dictionary<string, string?>(variables) { ["WRAPPER_PORT"] = $"{port}" }, hosts);
        await Eventually.TrueAsync(() => child._process.HasExited || Listening().IsMatch(child._process.Output));
        Match match = Listening().Match(child._process.Output);
        Assert.True(match.Success, child._process.Output);
        child._client = new() { BaseAddress = new Uri(match.Groups[1].Value), Timeout = TimeSpan.FromSeconds(30) };
        return child;
    }

    /// <summary>Runs another command of <c>hx</c> to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(
        IReadOnlyDictionary<string, string?> variables,
        params string[] arguments
    )
    {
        using ThrowAwayDirectory directory = new("hx-run-");
        // The exit code comes last, as ChildProcess keeps the output only.
        using ChildProcess process = Launch(variables, directory, arguments, "sh", "-c", "\"$@\"; echo \"exit code $?\"", "sh");
        await Eventually.TrueAsync(() => process.HasExited);
        await process.DrainedAsync(TimeSpan.FromSeconds(5));
        Match match = Ended().Match(process.Output);
        Assert.True(match.Success, process.Output);
        return (int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), process.Output[..match.Index]);
    }

    /// <summary>What it has written so far.</summary>
    public string Output => _process.Output;

    public async Task<HttpStatusCode> GuardAsync(string path = "/v1/keys", string method = "POST")
    {
        using HttpResponseMessage answer = await _client!.GetAsync(
            new Uri($"guard?path={Uri.EscapeDataString(path)}&method={method}", UriKind.Relative)
        );
        return answer.StatusCode;
    }

    /// <summary>Asks until the guard answers so.</summary>
    public async Task<TimeSpan> UntilAsync(HttpStatusCode expected)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (await GuardAsync() != expected)
        {
            Assert.True(
                TimeProvider.System.GetElapsedTime(started) < Fleet.Patience,
                $"The guard never answered {expected}. {_process.Output}"
            );
            await Task.Delay(20);
        }

        return TimeProvider.System.GetElapsedTime(started);
    }

    /// <summary>Keeps the guard in use here until the token is cancelled.</summary>
    public async Task UseAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await GuardAsync();
            await Task.Delay(100, CancellationToken.None);
        }
    }

    public Task PauseAsync() => _process.HangAsync();

    public void Resume() => _process.Resume();

    /// <summary>Asks it to end (SIGTERM), as systemd and containers do, and kills it when it hasn't after
    /// <see cref="Fleet.Patience"/>.</summary>
    public Task StopAsync() => _process.StopAsync(ProcessTree.Terminate, Fleet.Patience);

    public Task KillAsync() => _process.KillAsync();

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        await _process.KillAsync();
        _process.Dispose();
        _directory.Dispose();
    }

    /// <summary>env(1) sets the variables and becomes the program.</summary>
    private static ChildProcess Launch(
        IReadOnlyDictionary<string, string?> variables,
        ThrowAwayDirectory directory,
        string[] arguments,
        params string[] before
    ) =>
        ChildProcess.Start(
            "env",
            [.. variables.Select(v => $"{v.Key}={v.Value}"), .. before, .. HxProgram.Command, .. arguments],
            directory
        );

    [GeneratedRegex(@"listening on (http://127\.0\.0\.1:[0-9]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Listening();

    [GeneratedRegex(@"exit code ([0-9]+)\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Ended();
}
