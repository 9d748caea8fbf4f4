using System.CommandLine;
using HxFunctions.Cli.Commands;
using HxFunctions.Servers;
using YamlDotNet.RepresentationModel;

namespace HxFunctions.Tests.Commands;

/// <summary>What a wrong command line gets: exit code 2, a line per fault, and for machines a document with the same lines.</summary>
public class CommandLineFaultsTests
{
    private const string NoSuchFile = "no-such-folder/no-such-file.env";

    /// <summary>Every way to ask for a machine format.</summary>
    private static readonly string[] Formats = ["--json", "-o json", "-ojson", "-o=json", "--output json", "--output=json", "-o yaml"];

    public static TheoryData<string> WrongCommandLines =>
        [
            // hx help takes any words.
            .. HxCommand.CreateRoot().Subcommands.Where(command => command.Name != "help").SelectMany(Leaves).SelectMany(Wrong),
        ];

    [Theory]
    [MemberData(nameof(WrongCommandLines))]
    public async Task Machines_get_a_document_for_every_wrong_command_line(string commandLine)
    {
        foreach (string format in Formats)
        {
            await AssertDocumentAsync($"{commandLine} {format}");
        }
    }

    [Fact]
    public void Every_kind_of_fault_is_among_them()
    {
        Assert.Contains("check --nonsense", WrongCommandLines);
        Assert.Contains("guard", WrongCommandLines);
        Assert.Contains("smoke", WrongCommandLines);
        Assert.Contains("override closed --for nonsense", WrongCommandLines);
        Assert.Contains("wire apply --keep nonsense", WrongCommandLines);
        Assert.Contains($"gateway check --env-file {NoSuchFile}", WrongCommandLines);
    }

    [Theory]
    [InlineData("wire paln --json")]
    [InlineData("gateway chek x --json")]
    [InlineData("chek -o yaml")]
    [InlineData("--json check")]
    [InlineData("-o json chek")]
    [InlineData("check --json extra")]
    [InlineData("check --json -o yaml")]
    [InlineData("override closed --reason x --for 10 --json")]
    [InlineData("override closed --reason x --for 25h --json")]
    [InlineData("override clear --for 5m --json")]
    [InlineData("gateway check --json")]
    [InlineData("wire plan --config no-such-folder/config.yaml --json")]
    [InlineData("wire verify --gateway x -o yaml")]
    public async Task Machines_get_a_document(string commandLine) => await AssertDocumentAsync(commandLine);

    [Theory]
    [InlineData("check --nonsense")]
    [InlineData("check --nonsense -o table")]
    [InlineData("check -o jsn")]
    [InlineData("guard -- --json /b")]
    public async Task People_get_the_lines_alone(string commandLine)
    {
        (int code, string output, string[] lines) = await RunAsync(commandLine);

        Assert.Equal((2, ""), (code, output));
        Assert.NotEmpty(lines);
    }

    [Theory]
    [InlineData("--json -o yaml", true)]
    [InlineData("-o yaml", false)]
    public void Json_goes_before_yaml_because_both_read_it(string words, bool isJson) =>
        Assert.Equal(
            isJson ? """{"a":1}""" : $"a: 1{Environment.NewLine}",
            OutputOptions.FindMachineFormat(words.Split(' '))!("""{"a":1}""")
        );

    [Theory]
    [InlineData("check --env-file a --env-file b", "--env-file can be given only once.")]
    [InlineData("serve --port 1 --port 2", "--port can be given only once.")]
    [InlineData("wire apply --keep 1 --keep 2", "--keep can be given only once.")]
    [InlineData("override closed --for 5m --for 6m", "--for can be given only once.")]
    [InlineData("check -o json -o json", "--output can be given only once.")]
    [InlineData("-o json chek", "'-o' must come after the command. Did you mean 'check'?")]
    [InlineData("-ojson check", "'-ojson' must come after the command 'hx check'.")]
    [InlineData("--json wire plan", "'--json' must come after the command 'hx wire plan'.")]
    [InlineData("wire --config x plna", "'--config' must come after the command. Did you mean 'plan'?")]
    [InlineData("--env-file=x config", "'--env-file' must come after the command 'hx config'.")]
    [InlineData("-o json", "'-o' must come after the command.")]
    [InlineData("--nonsense check", "'--nonsense' is not an option of 'hx check'.")]
    [InlineData("--versoin", "'--versoin' is not an option of 'hx'. Did you mean '--version'?")]
    [InlineData("check --json -o yaml", "--json and -o yaml contradict each other: use one of them.")]
    public async Task Fault_is_told_in_one_line_and_where_to_look(string commandLine, string line)
    {
        (int code, _, string[] lines) = await RunAsync(commandLine);

        Assert.Equal(2, code);
        Assert.Equal($"hx: {line}", lines[0]);
        Assert.StartsWith("Try 'hx", Assert.Single(lines[1..]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("override clear --for 5m", "--for has no meaning with 'clear'.")]
    [InlineData("override clear --for 10m --reason x --by me", "--for, --reason have no meaning with 'clear'.")]
    [InlineData("override show --by me", "--by has no meaning with 'show'.")]
    [InlineData("override show --key-env SOME_KEY", "--key-env only works with a URL: give --functions, or set HX_URL.")]
    [InlineData("guard /v1/keys --key-env SOME_KEY", "--key-env only works with a URL: give --functions, or set HX_URL.")]
    [InlineData("override show --reason x --for 1h --by me", "--for, --reason, --by have no meaning with 'show'.")]
    [InlineData("serve --port 70000", "--port must be a port from 0 (any free one) to 65535")]
    [InlineData("serve --port abc", "--port must be a port from 0 (any free one) to 65535")]
    [InlineData("serve --host nowhere", "--host must be an IP address, or localhost")]
    public async Task Option_is_named_that_has_no_meaning_or_a_wrong_value(string commandLine, string line)
    {
        (int code, string output, string[] lines) = await RunAsync(commandLine);

        Assert.Equal((2, ""), (code, output));
        Assert.Contains($"hx: {line}", lines);
        Assert.DoesNotContain(lines, other => other.StartsWith("hx: WRAPPER_", StringComparison.Ordinal));
    }

    [Fact]
    public void Word_that_begins_with_an_at_sign_is_a_value()
    {
        string[] words = ["override", "closed", "--reason", "@oncall restoring", "--by", "@alice"];

        ParseResult parsed = HxCommand.Parse(HxCommand.CreateRoot(), words);

        Assert.Empty(parsed.Errors);
        Assert.Equal(("@oncall restoring", "@alice"), (parsed.GetValue<string>("--reason"), parsed.GetValue<string>("--by")));
    }

    /// <summary>The lines of a file that is named so were arguments, and messages repeat those.</summary>
    [Theory]
    [InlineData("check --env-file")]
    [InlineData("config -o json --env-file")]
    [InlineData("help")]
    [InlineData("")]
    public async Task File_behind_an_at_sign_is_not_read(string commandLine)
    {
        using ThrowAwayDirectory folder = new("hx-at-sign-");
        string file = Path.Combine(folder.Path, "my.env");
        await File.WriteAllTextAsync(file, "PG_URL=postgresql://u:c4n4ry@127.0.0.1/x\n--c4n4ry\n");

        (int code, string output, string[] lines) = await RunAsync($"{commandLine} @{file}");

        Assert.Equal(2, code);
        Assert.NotEmpty(lines);
        Assert.All(lines.Append(output), line => Assert.DoesNotContain("c4n4ry", line, StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("esponse file", StringComparison.Ordinal));
    }

    /// <summary>An unknown option, a wrong value, something required that is missing, a file that isn't there.</summary>
    private static IEnumerable<string> Wrong((string Name, Command Command) leaf)
    {
        string right = leaf.Name switch
        {
            "guard" => "guard /a",
            "override" => "override closed",
            "smoke" => "smoke --gateway http://127.0.0.1:1 --key-env KEY",
            "completion" => "completion bash",
            _ => leaf.Name,
        };
        yield return $"{right} --nonsense";
        if (right != leaf.Name)
        {
            yield return leaf.Name;
        }

        foreach (
            Option option in leaf.Command.Options.Where(option => !option.Hidden && (option is DurationOption || option is Option<int>))
        )
        {
            yield return $"{right} {option.Name} nonsense";
        }

        if (leaf.Name.Split(' ')[0] is not ("wire" or "completion"))
        {
            yield return $"{right} --env-file {NoSuchFile}";
        }
    }

    private static IEnumerable<(string Name, Command Command)> Leaves(Command command) =>
        command.Subcommands.Count == 0
            ? [(command.Name, command)]
            : command.Subcommands.SelectMany(Leaves).Select(leaf => ($"{command.Name} {leaf.Name}", leaf.Command));

    private static async Task AssertDocumentAsync(string commandLine)
    {
        (int code, string output, string[] lines) = await RunAsync(commandLine);

        Assert.Equal(2, code);
        YamlNode error = OutputFormats.Read(output)["error"];
        Assert.Equal("2", (string?)error["exitCode"]);
        Assert.Equal(
            lines.Where(line => line.StartsWith("hx: ", StringComparison.Ordinal)),
            ((YamlSequenceNode)error["problems"]).Select(problem => $"hx: {problem["problem"]}")
        );
    }

    private static async Task<(int Code, string Output, string[] Lines)> RunAsync(string commandLine)
    {
        StringWriter output = new(),
            error = new();
        int code = await HxCommand.RunAsync(CommandLineWords.Of(commandLine), output, error);
        return (code, output.ToString(), error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
