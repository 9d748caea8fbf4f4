using System.Text.Json;
using HxFunctions.Core.Http;
using HxFunctions.Wiring;
using HxFunctions.Wiring.Files;
using HxFunctions.Wiring.LiteLlm;

namespace HxFunctions.Cli.Commands;

/// <summary>What a run of <c>hx wire</c> comes to, for machines. Nothing that reaches it may hold a secret.</summary>
internal sealed class WireDocument(string command)
{
    public List<WireStep> Steps { get; } = [];

    public WirePlan? Plan { get; set; }

    /// <summary>In a word; <see langword="null"/> until the run has ended in order.</summary>
    public string? Result { get; set; }

    /// <summary>The time stamp of the backup that was made.</summary>
    public string? Backup { get; set; }

    /// <summary>Why nothing was done.</summary>
    public string? Refusal { get; set; }

    /// <summary>For the command that lists them.</summary>
    public IReadOnlyList<Backup>? Backups { get; set; }

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("command", command);
        writer.WriteString("result", Result ?? "failed");
        if (Refusal is not null)
        {
            writer.WriteString("refusal", Refusal);
            CliJson.WriteError(writer, ExitCode.Misuse, [new($"{Refusal}.", "")]);
        }

        if (Backup is not null)
        {
            writer.WriteString("backup", Backup);
        }

        if (Plan is not null)
        {
            WritePlan(writer, Plan);
        }

        if (Backups is not null)
        {
            WriteBackups(writer, Backups);
        }

        writer.WriteStartArray("steps");
        foreach (WireStep step in Steps)
        {
            WriteStep(writer, step);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteStep(Utf8JsonWriter writer, WireStep step)
    {
        writer.WriteStartObject();
        writer.WriteString("name", step.Name);
        writer.WriteString(
            "result",
            step.Result switch
            {
                StepResult.Pass => "pass",
                StepResult.Fail => "fail",
                _ => "skipped",
            }
        );
        writer.WriteNumber("seconds", Math.Round(step.Duration.TotalSeconds, 3));
        writer.WriteString("detail", step.Detail);
        if (step.Advice is not null)
        {
            writer.WriteString("advice", step.Advice);
        }

        writer.WriteEndObject();
    }

    private static void WritePlan(Utf8JsonWriter writer, WirePlan plan)
    {
        writer.WriteStartArray("files");
        foreach (PlannedFile file in plan.Files)
        {
            writer.WriteStartObject();
            writer.WriteString("path", file.Path);
            writer.WriteString("role", file.Role);
            writer.WriteBoolean("differs", file.Differs);
            writer.WriteStrings("sets", file.Sets);
            writer.WriteStrings("diff", file.Diff());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        if (plan.Link is { } link)
        {
            writer.WriteStartObject("link");
            writer.WriteString("path", link.Path);
            writer.WriteString("target", link.Target);
            writer.WriteBoolean("differs", !link.Exists);
            writer.WriteEndObject();
        }

        writer.WriteBoolean("unfinished", plan.Unfinished);
        writer.WriteBoolean("restartNeeded", plan.RestartNeeded);
        writer.WriteStrings("warnings", plan.Warnings);
        writer.WriteStartArray("clients");
        foreach (ClientChange change in plan.LiteLlm.Clients)
        {
            writer.WriteStartObject();
            writer.WriteString("client", change.Client);
            writer.WriteString("before", change.Before);
            writer.WriteString("after", change.After);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteBackups(Utf8JsonWriter writer, IReadOnlyList<Backup> backups)
    {
        writer.WriteStartArray("backups");
        foreach (Backup backup in backups)
        {
            writer.WriteStartObject();
            writer.WriteString("stamp", backup.Stamp);
            writer.WriteStrings("files", backup.Files.Select(f => f.Path));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
