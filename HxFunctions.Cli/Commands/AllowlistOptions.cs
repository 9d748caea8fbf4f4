using System.CommandLine;
using System.Text.Json;
using HxFunctions.Cli.Gateways;
using HxFunctions.Core.Configuration;

namespace HxFunctions.Cli.Commands;

/// <summary>The options of <c>hx gateway check</c> that are about an allowlist.</summary>
internal sealed class AllowlistOptions(Option<string?> basePath, OutputOptions format)
{
    private const string KeyOption = "--key-env";

    public Option<string?> File { get; } =
        new("--allowlist")
        {
            HelpName = "file",
            Description =
                "A file with the requests that the gateway passes on without asking the guard, one 'METHOD /path' per line. No rule may "
                + "guard any of them. The rules come from the configuration here, or from --functions.",
        };

    public Option<string?> Functions { get; } =
        new("--functions")
        {
            HelpName = "url",
            Description =
                $"For --allowlist: URL of a running function app or hx serve, whose rules are used. Default: {Variables.RemoteUrl}.",
        };

    public Option<string?> Key { get; } =
        new(KeyOption)
        {
            HelpName = "variable",
            Description = $"Name of the environment variable that holds its key. Default: {Variables.RemoteKey}.",
        };

    public bool IsGiven(ParseResult parsed) => parsed.GetValue(File) is not null;

    /// <summary>Looks at each entry. What is wrong with file, configuration or app is told.</summary>
    /// <returns>The exit code so far, and what was found; nothing without the option.</returns>
    public async Task<(int Code, IReadOnlyList<AllowlistFinding> Findings)> LookAsync(
        ParseResult parsed,
        CancellationToken cancellationToken
    )
    {
        if (parsed.GetValue(File) is not { } path)
        {
            bool isAlone = parsed.GetValue(Functions) is not null || parsed.GetValue(Key) is not null;
            if (isAlone)
            {
                await format.FailAsync(
                    parsed,
                    ExitCode.Misuse,
                    "--functions and --key-env only work together with --allowlist. To send the gateway a header, use --header-env."
                );
            }

            return (isAlone ? ExitCode.Misuse : ExitCode.Ok, []);
        }

        if (await ReadAsync(path, parsed, cancellationToken) is not { } entries)
        {
            return (ExitCode.Misuse, []);
        }

        if (!GatewayOptions.TryReadBasePath(parsed.GetValue(basePath), out string? mount, out string? problem))
        {
            return (await format.FailAsync(parsed, ExitCode.Misuse, problem), []);
        }

        if ((parsed.GetValue(Functions) ?? RemoteDefaults.Url) is { } url)
        {
            return await LookRemotelyAsync(parsed, url, entries, mount, cancellationToken);
        }

        Settings settings = Settings.Load();
        if (await format.ReportAsync(parsed, settings))
        {
            return (ExitCode.Misuse, []);
        }

        AllowlistCheck check = new(new(settings.Product.Rules, settings.Product.Exemptions), mount);
        return (ExitCode.Ok, [.. entries.Select(check.Look)]);
    }

    private async Task<IReadOnlyList<AllowlistEntry>?> ReadAsync(string path, ParseResult parsed, CancellationToken cancellationToken)
    {
        string text;
        try
        {
            text = await ReadTextAsync(path, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            await format.FailAsync(
                parsed,
                ExitCode.Misuse,
                "the file that --allowlist names can't be read. Does it exist, and may this user read it?"
            );
            return null;
        }

        (IReadOnlyList<AllowlistEntry> entries, IReadOnlyList<string> problems) = GatewayAllowlist.Parse(text);
        if (problems.Count > 0)
        {
            await format.FailAsync(
                parsed,
                ExitCode.Misuse,
                [.. problems.Select(problem => new ConfigurationProblem($"the allowlist {problem}.", ""))]
            );
            return null;
        }

        return entries;
    }

    /// <summary>At most a little more than a list may hold, whatever the path leads to.</summary>
    private static async Task<string> ReadTextAsync(string path, CancellationToken cancellationToken)
    {
        using StreamReader reader = new(path);
        char[] buffer = new char[GatewayAllowlist.MaxLength + 1];
        int length = await reader.ReadBlockAsync(buffer.AsMemory(), cancellationToken);
        return new string(buffer, 0, length);
    }

    /// <summary>
    /// Goes by the rules of <c>/guard/verdicts</c>, and asks the guard itself about what they leave open: it alone knows its base path.
    /// </summary>
    private async Task<(int Code, IReadOnlyList<AllowlistFinding> Findings)> LookRemotelyAsync(
        ParseResult parsed,
        string url,
        IReadOnlyList<AllowlistEntry> entries,
        string? mount,
        CancellationToken cancellationToken
    )
    {
        if (
            !RemoteDefaults.TryReadApp(
                parsed.GetValue(Functions),
                url,
                KeyOption,
                parsed.GetValue(Key),
                out RemoteTarget? target,
                out string? problem
            )
        )
        {
            return (await format.FailAsync(parsed, ExitCode.Misuse, problem), []);
        }

        using RemoteApp app = new(target);
        AllowlistCheck? check = null;
        RemoteCall rules = new(HttpMethod.Get, "guard/verdicts", null, "a key", answer => answer.TryGetProperty("rules", out _));
        (int code, string? fault) = await app.AskAsync(rules, answer => Read(answer, mount, out check), cancellationToken);
        List<AllowlistFinding> findings = [];
        for (int i = 0; i < entries.Count && code == ExitCode.Ok && fault is null; i++)
        {
            AllowlistFinding finding = check!.Look(entries[i]);
            if (finding.Rule is null)
            {
                string query = $"guard?path={Uri.EscapeDataString(entries[i].Path)}&method={entries[i].Method}";
                RemoteCall ask = new(HttpMethod.Get, query, null, "a key", answer => answer.TryGetProperty("verdict", out _));
                (code, fault) = await app.AskAsync(ask, answer => ReadRule(answer, ref finding), cancellationToken);
            }

            findings.Add(finding);
        }

        return (fault is null ? code : await format.FailAsync(parsed, code, fault), findings);
    }

    private static int Read(JsonElement verdicts, string? mount, out AllowlistCheck? check)
    {
        check = new(AllowlistCheck.ReadVerdicts(verdicts), mount);
        return ExitCode.Ok;
    }

    private static int ReadRule(JsonElement answer, ref AllowlistFinding finding)
    {
        JsonElement rule = answer.GetProperty("rule");
        finding = finding with { Rule = rule.ValueKind == JsonValueKind.Null ? null : rule.GetString() ?? "" };
        return ExitCode.Ok;
    }
}
