using System.CommandLine;
using HxFunctions.Cli.Commands;
using HxFunctions.Core.Configuration;

namespace HxFunctions.Tests.Commands;

/// <summary>The help on what holds for all commands, and the page that shows the same.</summary>
public class HelpTopicTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "cli.md"));

    [Fact]
    public void Every_command_has_its_exit_codes_and_the_page_has_the_same()
    {
        Assert.Equal(Leaves(HxCommand.CreateRoot(), ""), ExitCodeRow.All.Select(row => row.Command));
        Assert.All(
            ExitCodeRow.All,
            row => Assert.Contains($"| `hx {row.Command}` | {row.Ok} | {row.Negative} | {row.Misuse} |", Page, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Page_has_every_option_that_help_shows()
    {
        IEnumerable<Option> options = All(HxCommand.CreateRoot()).SelectMany(command => command.Options).Where(option => !option.Hidden);
        Assert.All(options.Select(option => option.Name).Distinct(), name => Assert.Contains($"`{name}", Page, StringComparison.Ordinal));
        Assert.All(
            Variables.OfCommandLine,
            variable => Assert.Contains($"| `{variable.Name}` | {variable.Meaning} |", Page, StringComparison.Ordinal)
        );
    }

    /// <summary>The placeholder, as in <c>--gateway &lt;url&gt;</c>. Options with a few words list those instead.</summary>
    [Fact]
    public void Help_and_page_say_what_the_value_of_each_option_is()
    {
        Option[] options =
        [
            .. All(HxCommand.CreateRoot())
                .SelectMany(command => command.Options)
                .Where(option =>
                    !option.Hidden
                    && option.ValueType != typeof(bool)
                    && option.Arity.MaximumNumberOfValues > 0
                    && option.CompletionSources.Count == 0
                ),
        ];
        Assert.NotEmpty(options);
        Assert.All(
            options,
            option =>
            {
                Assert.True(option.HelpName is { Length: > 0 }, $"{option.Name} has no HelpName.");
                string shown = $"`{option.Name} <{option.HelpName.Replace("|", "\\|", StringComparison.Ordinal)}>`";
                Assert.Contains(shown, Page, StringComparison.Ordinal);
            }
        );
    }

    /// <summary>In hx smoke, --key-env names the gateway's key: whoever takes it for the app's sends a key to the other server.</summary>
    [Fact]
    public void Page_says_whose_key_each_key_option_names()
    {
        (string Name, Command Command)[] commands = [.. Named(HxCommand.CreateRoot(), "")];
        string[][] rows =
        [
            .. Page.Split('\n').Where(line => line.StartsWith("| `--", StringComparison.Ordinal)).Select(line => line.Split(" | ")),
        ];
        string[] withKey =
        [
            .. rows.Where(row => row[0].Contains("`--key-env ", StringComparison.Ordinal))
                .SelectMany(row =>
                    commands
                        .Where(command => row[1].Contains($"`{command.Name}`", StringComparison.Ordinal) && command.Name != "ready")
                        .Select(command =>
                        {
                            Option option = Assert.Single(command.Command.Options, one => one.Name == "--key-env");
                            bool isAdminKey = option.Description!.Contains("admin key", StringComparison.Ordinal);
                            Assert.Equal(isAdminKey, row[2].Contains("admin key", StringComparison.Ordinal));
                            return command.Name;
                        })
                ),
        ];
        Assert.Equal(
            commands
                .Where(command => command.Command.Options.Any(option => option.Name == "--key-env"))
                .Select(command => command.Name)
                .Order(),
            withKey.Order()
        );
        static IEnumerable<(string, Command)> Named(Command command, string name) =>
            command.Subcommands.SelectMany(sub => Named(sub, $"{name} {sub.Name}".Trim())).Append((name, command));
    }

    [Theory]
    [InlineData("exit-codes", "watch")]
    [InlineData("environment", "HX_KEY")]
    [InlineData("formats", "-o yaml")]
    public async Task Topic_is_shown(string topic, string part)
    {
        StringWriter output = new(),
            error = new();
        Assert.Equal(0, await HxCommand.RunAsync(["help", topic], output, error));
        Assert.Equal("", error.ToString());
        Assert.Contains(part, output.ToString(), StringComparison.Ordinal);
    }

    /// <summary>As kubectl and gh do it.</summary>
    [Theory]
    [InlineData("", "--help")]
    [InlineData("help", "--help")]
    [InlineData("wire", "wire --help")]
    [InlineData("help wire plan", "wire plan --help")]
    [InlineData("help check", "check --help")]
    public async Task Help_is_the_same_however_it_is_asked_for(string one, string other) =>
        Assert.Equal(await RunAsync(one), await RunAsync(other));

    [Theory]
    [InlineData("1.2.0+0123456789abcdef0123456789abcdef01234567", "hx 1.2.0 (commit 0123456789ab)")]
    [InlineData("1.2.0", "hx 1.2.0")]
    [InlineData("1.2.0+", "hx 1.2.0")]
    public void Version_names_the_commit_where_it_is_known(string informational, string expected) =>
        Assert.Equal(expected, VersionAction.Text(informational));

    private static async Task<string> RunAsync(string commandLine)
    {
        StringWriter output = new(),
            error = new();
        int code = await HxCommand.RunAsync(commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries), output, error);
        Assert.Equal((0, ""), (code, error.ToString()));
        Assert.NotEqual("", output.ToString());
        return output.ToString();
    }

    private static IEnumerable<string> Leaves(Command command, string name) =>
        command.Subcommands.Count == 0 ? [name.Trim()] : command.Subcommands.SelectMany(sub => Leaves(sub, $"{name} {sub.Name}"));

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);
}
