using HxFunctions.Core.Configuration;
using HxFunctions.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Core.Snapshots;

/// <summary>What is said when an instance starts, in logs and gauges.</summary>
internal sealed partial class StartReport(HxSettings settings, SnapshotGauges gauges, ILogger<StartReport> logger)
{
    /// <summary>Makes the gauges readable, and logs what is wrong with the configuration, or else the bounds that hold with it.
    /// Once.</summary>
    public void Write()
    {
        gauges.Register();
        if (settings.Problems.Count > 0)
        {
            foreach (ConfigurationProblem problem in settings.Problems)
            {
                LogMisconfigured(problem.Variable, problem.Problem);
            }

            return;
        }

        foreach (ConfigurationProblem hint in settings.Hints)
        {
            LogHint(hint.Variable, hint.Problem);
        }

        LogStarted(ProductVersion.Text, settings.DescribeGuard(), DetectionBounds.From(settings));
    }

    [LoggerMessage(2201, LogLevel.Error, "Configuration: {Variable} {Problem}. Every guarded route is closed until it is fixed.")]
    private partial void LogMisconfigured(string variable, string problem);

    [LoggerMessage(2202, LogLevel.Warning, "Configuration: {Variable} {Hint}.")]
    private partial void LogHint(string variable, string hint);

    [LoggerMessage(2203, LogLevel.Information, "HxFunctions {Version}. {Guard} {Bounds}")]
    private partial void LogStarted(string version, string guard, DetectionBounds bounds);
}
