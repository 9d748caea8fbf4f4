using BenchmarkDotNet.Attributes;
using HxFunctions.Cli.Commands;

namespace HxFunctions.Bench.Micro;

/// <summary><c>hx wire</c> on a configuration of 2,000 lines, without probes and services. A run in a fresh process takes longer, most of
/// it to start.</summary>
[SimpleJob(warmupCount: 2, iterationCount: 15)]
public class WireBenchmark
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hx-bench-").FullName;
    private string _config = "";
    private string[] _arguments = [];

    [GlobalSetup]
    public void Write()
    {
        string models = string.Concat(
            Enumerable
                .Range(0, 284)
                .Select(i =>
                    $"  # model {i}\n  - model_name: model-{i}\n    litellm_params:\n      model: openai/model-{i}\n      "
                    + $"api_key: os.environ/KEY_{i} # of team {i % 7}\n      rpm: {i}\n\n"
                )
        );
        _config =
            $"model_list:\n{models}\nlitellm_settings:\n  drop_params: true\n\ngeneral_settings:\n  master_key: "
            + $"os.environ/LITELLM_MASTER_KEY\n";
        File.WriteAllText(Path.Combine(_folder, "gateway-wrapper.env"), "PG_URL=postgresql://u@127.0.0.1/d\nREDIS_URL=redis://127.0.0.1\n");
        _arguments =
        [
            "--config",
            Path.Combine(_folder, "config.yaml"),
            "--unit-dir",
            Path.Combine(_folder, "units"),
            "--no-probe",
            "--no-restart",
            "--keep",
            "1",
        ];
    }

    [IterationSetup]
    public void Restore() => File.WriteAllText(Path.Combine(_folder, "config.yaml"), _config);

    [GlobalCleanup]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Benchmark]
    public Task<int> Apply() => RunAsync("apply");

    [Benchmark]
    public Task<int> Plan() => RunAsync("plan");

    private async Task<int> RunAsync(string command)
    {
        int code = await HxCommand.RunAsync(["wire", command, .. _arguments], TextWriter.Null, TextWriter.Null);
        return code is 0 or 1 ? code : throw new InvalidOperationException($"hx wire {command} ended with {code}");
    }
}
