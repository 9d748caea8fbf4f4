using System.Diagnostics;
using HxFunctions.SystemTests.Commands;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Wiring;

namespace HxFunctions.SystemTests.Wiring;

/// <summary>The question before <c>hx wire apply</c> and <c>hx wire rollback</c>, on a terminal that script(1) makes.</summary>
[Trait(HxProgram.Trait, HxProgram.Any)]
public sealed class WireQuestionTests : IDisposable
{
    private const string Question = "Change these files? [y/N]";

    private readonly WireFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("n\n", "", 1)]
    [InlineData("\n", "", 1)]
    [InlineData("y\n", "", 0)]
    [InlineData("yes\n", "", 0)]
    public async Task Terminal_is_asked_and_its_answer_counts(string answer, string options, int code)
    {
        IReadOnlyDictionary<string, string> before = _folder.Content();
        (int ended, string output) = await ApplyOnTerminalAsync(options, answer);
        Assert.Equal(code, ended);
        Assert.Contains(Question, output, StringComparison.Ordinal);
        Assert.Contains("What LiteLLM connects to:", output, StringComparison.Ordinal);
        Assert.Equal(code != 0, before.SequenceEqual(_folder.Content()));
    }

    [Theory]
    [InlineData("--yes")]
    [InlineData("-y")]
    [InlineData("--json")]
    [InlineData("--output=yaml")]
    public async Task Who_has_said_yes_or_reads_json_is_not_asked(string option)
    {
        (int ended, string output) = await ApplyOnTerminalAsync(option, "");
        Assert.Equal(0, ended);
        Assert.DoesNotContain(Question, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("n\n", "", 1)]
    [InlineData("y\n", "", 0)]
    [InlineData("", "--yes", 0)]
    public async Task Rollback_asks_as_well(string answer, string option, int code)
    {
        IReadOnlyDictionary<string, string> before = _folder.Content();
        await HxProcess.RunAsync($"wire apply {string.Join(' ', _folder.Arguments)} --no-probe --no-restart");
        IReadOnlyDictionary<string, string> wired = _folder.Content();
        string[] arguments = [.. _folder.Arguments];
        string config = arguments[Array.IndexOf(arguments, "--config") + 1];

        (int ended, string output) = await OnTerminalAsync($"rollback --config {config} --no-restart {option}", answer);

        Assert.Equal(code, ended);
        Assert.Equal(option.Length == 0, output.Contains("Restore these files? [y/N]", StringComparison.Ordinal));
        IReadOnlyDictionary<string, string> after = _folder.Content();
        Assert.All(code == 0 ? before : wired, file => Assert.Equal(file.Value, after[file.Key]));
    }

    [Fact]
    public async Task Without_a_terminal_it_goes_on()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync($"wire apply {string.Join(' ', _folder.Arguments)} --no-probe --no-restart");
        Assert.True(ending.Code == 0, ending.Error);
        Assert.DoesNotContain("[y/N]", ending.Output, StringComparison.Ordinal);
    }

    private Task<(int Code, string Output)> ApplyOnTerminalAsync(string option, string answer) =>
        OnTerminalAsync($"apply {string.Join(' ', _folder.Arguments)} --no-probe --no-restart {option}", answer);

    private static async Task<(int Code, string Output)> OnTerminalAsync(string subcommand, string answer)
    {
        string command = $"{HxProgram.CommandLine} wire {subcommand}";
        ProcessStartInfo info = new("script", ["--quiet", "--return", "--command", command, "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(info)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        await process.StandardInput.WriteAsync(answer);
        await process.StandardInput.FlushAsync();
        await process.WaitForExitAsync().WaitAsync(Eventually.Patience);
        return (process.ExitCode, await output);
    }
}
