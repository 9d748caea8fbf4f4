using System.Globalization;
using HxFunctions.Core.Http.Status;
using HxFunctions.Wiring;
using HxFunctions.Wiring.Files;
using HxFunctions.Wiring.LiteLlm;

namespace HxFunctions.Cli.Commands;

/// <summary>Tells what happens: as it happens for people, in one piece of JSON at the end for machines. Nothing that reaches it may hold a
/// secret.</summary>
/// <param name="machine">Turns JSON into what was asked for; <see langword="null"/>: text for people.</param>
/// <param name="asks">Whether files are changed only after a question.</param>
internal sealed class WireReport(string command, Func<string, string>? machine, bool asks, TextWriter output) : IWireProgress
{
    private readonly WireDocument _document = new(command);

    /// <inheritdoc/>
    public bool Asks => asks && machine is null;

    /// <inheritdoc/>
    public bool Confirm(string question)
    {
        if (!Asks)
        {
            return true;
        }

        output.Write($"{question} [y/N] ");
        output.Flush();
        return Console.In.ReadLine()?.Trim() is "y" or "Y" or "yes" or "Yes";
    }

    /// <summary>A line for people, so that a long wait shows what it is for.</summary>
    public void Waiting(string what, TimeSpan elapsed)
    {
        if (machine is null)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {"waiting", -7} {StatusText.Duration(elapsed), 8}  {what}"));
            output.Flush();
        }
    }

    /// <summary>A step has ended.</summary>
    public void Ended(WireStep step)
    {
        _document.Steps.Add(step);
        if (machine is not null)
        {
            return;
        }

        string word = step.Result switch
        {
            StepResult.Pass => "pass",
            StepResult.Fail => "FAIL",
            _ => "skipped",
        };
        string time =
            step.Result == StepResult.Skipped ? ""
            : step.Duration.TotalSeconds >= 60 ? StatusText.Duration(step.Duration)
            : string.Create(CultureInfo.InvariantCulture, $"{step.Duration.TotalSeconds:0.00} s");
        output.WriteLine($"  {word, -7} {time, 8}  {step.Name}{(step.Detail.Length > 0 ? $": {step.Detail}" : "")}");
        if (step.Advice is { } advice)
        {
            output.WriteLine($"{"", 19} -> {advice}");
        }

        output.Flush();
    }

    /// <summary>What is planned: the differences when they are asked for, the warnings in any case.</summary>
    public void Planned(WirePlan plan, bool withDifferences)
    {
        _document.Plan = plan;
        if (machine is not null)
        {
            return;
        }

        if (withDifferences)
        {
            WriteDifferences(plan);
            WriteClients(plan.LiteLlm.Clients);
        }

        foreach (string warning in plan.Warnings)
        {
            output.WriteLine($"warning: {warning}.");
        }

        if (plan.Warnings.Count > 0)
        {
            output.WriteLine();
        }
    }

    /// <summary>A heading with a list, for people.</summary>
    public void Announced(string heading, IEnumerable<string> items)
    {
        if (machine is not null)
        {
            return;
        }

        output.WriteLine(heading);
        foreach (string item in items)
        {
            output.WriteLine($"  {item}");
        }
    }

    /// <summary>The last line for people, and the result for machines.</summary>
    public void End(WireOutcome outcome)
    {
        _document.Result = outcome.Result switch
        {
            WireResult.NothingToDo => "nothing-to-do",
            WireResult.Pending => "pending",
            WireResult.Done => "done",
            WireResult.RolledBack => "rolled-back",
            WireResult.NotRolledBack => "not-rolled-back",
            _ => "failed",
        };
        _document.Backup = outcome.Backup;
        if (machine is null)
        {
            output.WriteLine(outcome.Sentence);
        }
    }

    public void Refused(string why)
    {
        _document.Result = "refused";
        _document.Refusal = why;
    }

    public void Backups(IReadOnlyList<Backup> backups)
    {
        _document.Backups = backups;
        _document.Result = "done";
        if (machine is not null)
        {
            return;
        }

        if (backups.Count == 0)
        {
            output.WriteLine("There are no backups yet. 'hx wire apply' makes one before it changes anything.");
        }

        foreach (Backup backup in backups)
        {
            output.WriteLine(
                $"{backup.Stamp}  {backup.Files.Count} {(backup.Files.Count == 1 ? "file" : "files")}: "
                    + $"{string.Join(", ", backup.Files.Select(f => f.Path))}"
            );
        }
    }

    public async Task EndAsync()
    {
        if (machine is not null)
        {
            await output.WriteAsync(machine(CliJson.Write(_document.Write)));
        }
    }

    private void WriteDifferences(WirePlan plan)
    {
        foreach (PlannedFile file in plan.Files.Where(f => f.Differs))
        {
            foreach (string line in file.Diff())
            {
                output.WriteLine(line);
            }

            if (file.ModeDiffers)
            {
                output.WriteLine($"{file.Path}: {file.Sets[^1]}");
            }

            output.WriteLine();
        }

        if (plan.Link is { Exists: false } link)
        {
            output.WriteLine($"symlink {link.Path} -> {link.Target}{Environment.NewLine}");
        }
    }

    /// <summary>What LiteLLM connects to, a line for what stays, and a difference for what changes.</summary>
    private void WriteClients(IReadOnlyList<ClientChange> clients)
    {
        output.WriteLine("What LiteLLM connects to:");
        foreach (ClientChange change in clients)
        {
            if (change.Differs)
            {
                output.WriteLine($"- {change.Client, -17} {change.Before}");
                output.WriteLine($"+ {change.Client, -17} {change.After}");
            }
            else
            {
                output.WriteLine($"  {change.Client, -17} {change.After}");
            }
        }

        output.WriteLine();
    }
}
