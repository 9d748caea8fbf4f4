using System.Collections;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Notifications;
using HxFunctions.Core.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Core.Snapshots;

/// <summary>A checker for each dependency, in the set's order.</summary>
internal sealed class DependencyCheckers : IReadOnlyList<DependencyChecker>
{
    private readonly DependencyChecker[] _all;

    public DependencyCheckers(
        HxSettings settings,
        DependencySet dependencies,
        SnapshotBoard board,
        InstanceId instance,
        TransitionNotifier notifier,
        Redactor redactor,
        HxMeter meter,
        TimeProvider time,
        TaskScheduler scheduler,
        ProbeWarmUp warmUp,
        IServiceScopeFactory scopes,
        ILoggerFactory loggers,
        SnapshotStore? store = null
    )
    {
        ILogger<DependencyProbe> probeLogger = loggers.CreateLogger<DependencyProbe>();
        ILogger<DependencyChecker> checkLogger = loggers.CreateLogger<DependencyChecker>();
        _all =
        [
            .. dependencies.Select(dependency => new DependencyChecker(
                dependency,
                new DependencyProbe(dependency, scopes, time, scheduler, redactor, meter, probeLogger),
                warmUp,
                settings,
                board,
                store,
                instance,
                time,
                scheduler,
                notifier,
                meter,
                checkLogger
            )),
        ];
    }

    public int Count => _all.Length;

    public DependencyChecker this[int index] => _all[index];

    public IEnumerator<DependencyChecker> GetEnumerator() => ((IEnumerable<DependencyChecker>)_all).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _all.GetEnumerator();
}
