using System.Reflection;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Worker;

/// <summary>The built HxFunctions: a folder, as it is deployed.</summary>
internal static class WorkerApp
{
    /// <summary>The folder, which has <c>HxFunctions.dll</c>, <c>host.json</c> and <c>functions.metadata</c>.</summary>
    /// <exception cref="InvalidOperationException">It was not built, or from another state of the code than these tests.</exception>
    public static string Folder { get; } = Find();

    private static string Find()
    {
        string folder = Path.GetFullPath(
            typeof(WorkerApp).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "WorkerAppFolder").Value!
        );
        const string Core = "HxFunctions.Core.dll";
        string app = Path.Combine(folder, "HxFunctions.dll");
        if (!File.Exists(app))
        {
            throw new InvalidOperationException(
                $"HxFunctions has not been built: dotnet build HxFunctions.sln. It is missing in {folder}."
            );
        }

        // The tests don't refer to the app, so a build of the tests alone leaves the app behind.
        byte[] ofTheTests = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, Core));
        if (
            !ofTheTests.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(folder, Core)))
            // The app's own code, which the tests have nothing of.
            || Repository.IsOlderThanItsSources(app, Path.Combine(Repository.Root, "HxFunctions"))
        )
        {
            throw new InvalidOperationException(
                $"HxFunctions was built from other code than these tests: dotnet build HxFunctions.sln. It is in {folder}."
            );
        }

        return folder;
    }
}
