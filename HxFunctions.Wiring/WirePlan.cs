using HxFunctions.Core.Configuration;
using HxFunctions.Wiring.Files;
using HxFunctions.Wiring.LiteLlm;

namespace HxFunctions.Wiring;

/// <summary>
/// What is to be done so that LiteLLM uses the database and the cache of the wrapper's environment file. The way: <see cref="WirePlanner"/>
/// makes it, <see cref="WireRun"/> carries it out.
/// </summary>
/// <param name="Files">All files that matter, also those that are right already.</param>
/// <param name="Link">The compatibility symlink, if one is asked for.</param>
/// <param name="Warnings">What the operator should know; nothing of it stops the plan.</param>
/// <param name="LiteLlm">LiteLLM's files as they shall be, and what its clients connect to by them.</param>
/// <param name="UsesLangfuse">LiteLLM reports to Langfuse through its client library.</param>
/// <param name="Settings">The wrapper's settings, for the probes.</param>
/// <param name="Unfinished">An earlier run was interrupted: files may be right, but services still run on the old ones.</param>
/// <param name="RestartNeeded">A run with --no-restart changed files, and the services have not been restarted by this program
/// since.</param>
internal sealed record WirePlan(
    IReadOnlyList<PlannedFile> Files,
    PlannedLink? Link,
    IReadOnlyList<string> Warnings,
    WiredLiteLlm LiteLlm,
    bool UsesLangfuse,
    HxSettings Settings,
    bool Unfinished,
    bool RestartNeeded
)
{
    /// <summary>Whether a file has to be written.</summary>
    public bool FilesDiffer => Files.Any(f => f.Differs) || Link is { Exists: false };

    /// <summary>What has to be written. The link comes last: it may take the place of the file that the configuration came from.</summary>
    public IReadOnlyList<FileTarget> Targets =>
        [
            .. Files.Where(f => f.Differs).Select(f => f.Target),
            .. Link is { Exists: false } link ? [new FileTarget(link.Path, null, Link: link.Target)] : (FileTarget[])[],
        ];

    public bool HasWork => FilesDiffer || Unfinished || RestartNeeded;
}

/// <summary>A symlink that makes an old path lead to the configuration.</summary>
/// <param name="Exists">Whether it stands already.</param>
internal sealed record PlannedLink(string Path, string Target, bool Exists);
