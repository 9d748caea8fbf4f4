using System.Globalization;
using HxFunctions.Tests.Commands;

namespace HxFunctions.Tests.Wiring;

/// <summary><c>hx wire apply</c> killed (SIGKILL) at random moments. HX_KILLS sets how often; 30 else.</summary>
public sealed class WireKillTests : IDisposable
{
    private readonly WireFolder _folder = new(string.Concat(Enumerable.Range(0, 2000).Select(i => $"# {i}\nkey{i}: value {i}\n")));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_file_is_whole_after_each_kill_and_the_next_run_finishes_the_work()
    {
        int kills = int.TryParse(Environment.GetEnvironmentVariable("HX_KILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out int asked) ? asked : 30;
        IReadOnlyDictionary<string, string> old = _folder.Content();
        Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
        IReadOnlyDictionary<string, string> @new = _folder.Content();
        Assert.Equal(0, (await _folder.RunAsync("rollback")).Code);
        int midway = 0;

        for (int i = 0; i < kills; i++)
        {
            Directory.Delete(_folder.State, recursive: true);
            await using (HxProcess apply = HxProcess.Start(string.Join(' ', ["wire", "apply", .. _folder.Arguments, "--no-probe", "--no-restart"]), null))
            {
                // Most of the time goes into starting up: from the first sign of work on, every moment counts.
                bool fromWork = i % 4 != 0;
                for (int wait = 0; fromWork && wait < 5000 && !Directory.Exists(_folder.State); wait++) await Task.Delay(1);
                await Task.Delay(Random.Shared.Next(fromWork ? 60 : 500));
            }

            AssertWhole(old, @new, i);
            if (File.Exists(Path.Combine(_folder.State, "pending.json"))) midway++;
            WireEnding finished = await _folder.RunAsync("apply");
            Assert.True(finished.Code == 0, $"kill {i}: {finished.Output}{finished.Error}");
            Assert.Equal(@new, _folder.Content());
            WireEnding back = await _folder.RunAsync("rollback");
            Assert.True(back.Code == 0, $"kill {i}: {back.Output}{back.Error}");
            Assert.Equal(old, _folder.Content());
        }

        Assert.True(midway > 0, "no kill met a run between its first file and its end");
    }

    /// <summary>Each file is the old one or the new one; left-overs have a name of their own.</summary>
    private void AssertWhole(IReadOnlyDictionary<string, string> old, IReadOnlyDictionary<string, string> @new, int kill)
    {
        foreach ((string name, string content) in _folder.Content().Where(f => !Path.GetFileName(f.Key).StartsWith(".hx-wire-", StringComparison.Ordinal)))
            Assert.True(content == old.GetValueOrDefault(name) || content == @new[name], $"kill {kill}: {name} is neither the old one nor the new one");
        Assert.All(old.Keys, name => Assert.Contains(name, _folder.Content().Keys));
    }
}
