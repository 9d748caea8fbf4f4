using System.Globalization;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Commands;
using HxFunctions.Tests.Wiring;

namespace HxFunctions.SystemTests.Wiring;

/// <summary><c>hx wire apply</c> killed (SIGKILL) at random moments. HX_KILLS sets how often; 30 else.</summary>
public sealed class WireKillTests : IDisposable
{
    private readonly WireFolder _folder = new(
        "model_list: []\n" + string.Concat(Enumerable.Range(0, 2000).Select(i => $"# {i}\nkey{i}: value {i}\n"))
    );

    private string Pending => Path.Combine(_folder.State, "pending.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_file_is_whole_after_each_kill_and_the_next_run_finishes_the_work()
    {
        int kills = int.TryParse(
            Environment.GetEnvironmentVariable("HX_KILLS"),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out int asked
        )
            ? asked
            : 30;
        IReadOnlyDictionary<string, string> old = _folder.Content();
        Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
        IReadOnlyDictionary<string, string> @new = _folder.Content();
        Assert.Equal(0, (await _folder.RunAsync("rollback")).Code);
        int midway = 0;

        for (int i = 0; i < kills; i++)
        {
            Directory.Delete(_folder.State, recursive: true);
            await using (
                HxProcess apply = HxProcess.Start(
                    string.Join(' ', ["wire", "apply", .. _folder.Arguments, "--no-probe", "--no-restart"]),
                    null
                )
            )
            {
                // Most of a run's time is start-up: a third of the kills waits for the first sign of work, a third for the backup, a third
                // for the mark.
                await UntilAsync(() =>
                    (i % 3) switch
                    {
                        0 => Directory.Exists(_folder.State),
                        1 => Directory.Exists(_folder.State) && Directory.EnumerateDirectories(_folder.State).Any(),
                        _ => File.Exists(Pending),
                    }
                );
                if (i % 3 != 2)
                {
                    await Task.Delay(Random.Shared.Next(i % 3 == 0 ? 600 : 60));
                }

                apply.Signal(ProcessTree.Kill);
            }

            AssertWhole(old, @new, i);
            if (File.Exists(Pending))
            {
                midway++;
            }

            WireEnding finished = await _folder.RunAsync("apply");
            Assert.True(finished.Code == 0, $"kill {i}: {finished.Output}{finished.Error}");
            Assert.Equal(@new, _folder.Content());
            WireEnding back = await _folder.RunAsync("rollback");
            Assert.True(back.Code == 0, $"kill {i}: {back.Output}{back.Error}");
            Assert.Equal(old, _folder.Content());
        }

        Assert.True(midway > 0, "no kill met a run between its first file and its end");
    }

    /// <summary>Until it is so, or ten seconds later: a run may be over before anyone looks.</summary>
    private static async Task UntilAsync(Func<bool> so)
    {
        // Not by Task.Delay: the mark may be gone after a few milliseconds.
        await Task.Run(() => SpinWait.SpinUntil(so, TimeSpan.FromSeconds(10)));
    }

    /// <summary>Each file is the old one or the new one; left-overs have a name of their own.</summary>
    private void AssertWhole(IReadOnlyDictionary<string, string> old, IReadOnlyDictionary<string, string> @new, int kill)
    {
        foreach (
            (string name, string content) in _folder
                .Content()
                .Where(f => !Path.GetFileName(f.Key).StartsWith(".hx-wire-", StringComparison.Ordinal))
        )
        {
            Assert.True(
                content == old.GetValueOrDefault(name) || content == @new[name],
                $"kill {kill}: {name} is neither the old one nor the new one"
            );
        }

        Assert.All(old.Keys, name => Assert.Contains(name, _folder.Content().Keys));
    }
}
