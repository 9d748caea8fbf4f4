using BenchmarkDotNet.Running;

namespace HxFunctions.Bench;

/// <summary><c>dotnet run -c Release --project bench/HxFunctions.Bench -- --filter '*'</c></summary>
internal static class BenchProgram
{
    private static void Main(string[] args) => BenchmarkSwitcher.FromAssembly(typeof(BenchProgram).Assembly).Run(args);
}
