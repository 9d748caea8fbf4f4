namespace HxFunctions.Tests;

/// <summary>The checkout that the tests run in.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>The C# files in a project's folder, build output aside.</summary>
    public static IEnumerable<string> SourcesBelow(string folder) =>
        Directory
            .EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar)[0] is not ("bin" or "obj"));

    /// <summary>Whether a program is older than a source in its project's folder: it was not built since that changed.</summary>
    public static bool IsOlderThanItsSources(string program, string folder) =>
        SourcesBelow(folder).Any(file => File.GetLastWriteTimeUtc(file) > File.GetLastWriteTimeUtc(program));

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "HxFunctions.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("The tests must run inside the checkout.");
    }
}
