using HxFunctions.Servers;

namespace HxFunctions.Tests;

public sealed class RepositoryTests : IDisposable
{
    private readonly ThrowAwayDirectory _project = new("hx-sources-");

    public void Dispose() => _project.Dispose();

    [Theory]
    [InlineData("Trigger.cs", 1, true)]
    [InlineData("Hosting/Deep.cs", 1, true)]
    [InlineData("Trigger.cs", -1, false)]
    [InlineData("obj/Generated.cs", 1, false)]
    [InlineData("notes.md", 1, false)]
    public void Program_is_older_than_a_source_that_changed_since(string file, int minutesLater, bool isOlder)
    {
        DateTime built = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        string program = Write("bin/Release/net10.0/HxFunctions.dll", built);
        Write(file, built.AddMinutes(minutesLater));

        Assert.Equal(isOlder, Repository.IsOlderThanItsSources(program, _project.Path));
    }

    private string Write(string file, DateTime changed)
    {
        string path = Path.Combine(_project.Path, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
        File.SetLastWriteTimeUtc(path, changed);
        return path;
    }
}
