using HxFunctions.Tests.Commands;
using YamlDotNet.RepresentationModel;

namespace HxFunctions.SystemTests.Commands;

/// <summary>What a wrong configuration or command line gets: exit code 2 and a line per fault on stderr; for machines a document with the
/// same on stdout; from <c>hx config</c> the rest of the configuration.</summary>
[Trait(HxProgram.Trait, HxProgram.Any)]
public class BadInputTests
{
    private const string Canary = "c4n4ry";
    private const string Pg = "PG_URL=postgresql://localhost/x",
        Redis = "REDIS_URL=redis://localhost";

    [Theory]
    [InlineData("guard undefined")]
    [InlineData("guard key/new --functions http://127.0.0.1:1")]
    public async Task Path_that_is_no_request_target_is_misuse(string commandLine)
    {
        HxProcess.Ending ending = await HxProcess.RunAsync(commandLine);

        Assert.Equal((2, ""), (ending.Code, ending.Output));
        Assert.Equal(
            "hx: the path must begin with '/', or with a scheme and '://', as a request's target does.",
            Assert.Single(ending.ErrorLines)
        );
    }

    [Theory]
    [InlineData("PG_URL", "PG_URL=mysql://user:c4n4ry@host/db", Redis)]
    [InlineData("PG_URL", "PG_URL=postgresql://user:c4n4ry@host:port/db", Redis)]
    [InlineData("PG_URL", "PG_URL=postgresql://u:c4n4ry@[::1/db", Redis)]
    [InlineData("PG_URL", "PG_URL=postgresql://host/db?password=c4n4ry&sslmode=c4n4ry", Redis)]
    [InlineData("PG_URL", "PG_URL=postgresql://host/db?nonsense=c4n4ry", Redis)]
    [InlineData("PG_URL", "PG_URL=Host=h;Password=c4n4ry;Nonsense=1", Redis)]
    [InlineData("PG_URL", "PG_URL=@Microsoft.KeyVault(SecretUri=https://c4n4ry)", Redis)]
    [InlineData("REDIS_URL", Pg, "REDIS_URL=redis://:c4n4ry@host:port")]
    [InlineData("REDIS_URL", Pg, "REDIS_URL=http://:c4n4ry@host")]
    [InlineData("REDIS_URL", Pg, "REDIS_URL=redis://:c4n4ry@host/notanumber")]
    [InlineData("REDIS_URL", Pg, "REDIS_URL=host,password=c4n4ry,nonsense=1")]
    [InlineData("QDRANT_URL", Pg, Redis, "QDRANT_URL=http://c4n4ry:c4n4ry@host")]
    [InlineData("QDRANT_URL", Pg, Redis, "QDRANT_URL=c4n4ry")]
    [InlineData("QDRANT_API_KEY", Pg, Redis, "QDRANT_URL=http://localhost", "QDRANT_API_KEY=c4n4ry\nx")]
    [InlineData("PG_TIMEOUT must be a number of seconds from 0.1 to 60", Pg, Redis, "PG_TIMEOUT=c4n4ry")]
    [InlineData("HEALTH_FALL must be a whole number from 1 to 100", Pg, Redis, "HEALTH_FALL=1.5")]
    [InlineData("ENABLE_DB_GUARD must be true or false", Pg, Redis, "ENABLE_DB_GUARD=c4n4ry")]
    [InlineData("GUARD_MODE must be enforce or shadow", Pg, Redis, "GUARD_MODE=c4n4ry")]
    [InlineData("GUARD_ON_UNKNOWN must be closed or open", Pg, Redis, "GUARD_ON_UNKNOWN=c4n4ry")]
    [InlineData("HX_NAMESPACE", Pg, Redis, "HX_NAMESPACE={c4n4ry}")]
    [InlineData("HEALTH_SNAPSHOT_SCHEDULE", Pg, Redis, "HEALTH_SNAPSHOT_SCHEDULE=c4n4ry")]
    [InlineData("GUARD_ROUTES entry 1: the prefix", Pg, Redis, "GUARD_ROUTES=c4n4ry=redis")]
    [InlineData("GUARD_ROUTES entry 2: has no '='", Pg, Redis, "GUARD_ROUTES=/a=redis;/c4n4ry")]
    [InlineData("GUARD_ROUTES entry 1: method 2 is not one of", Pg, Redis, "GUARD_ROUTES=/a GET,C4N4RY=redis")]
    [InlineData("GUARD_ROUTES entry 1: dependency 1 is not a valid name", Pg, Redis, "GUARD_ROUTES=/a=c4n4ry!")]
    [InlineData("GUARD_ROUTES names the unknown dependency 'mongo'", Pg, Redis, "GUARD_ROUTES=/a=mongo")]
    [InlineData("QDRANT_URL is not set, but a guarded route needs Qdrant", Pg, Redis, "GUARD_ROUTES=/a=qdrant")]
    [InlineData("GUARD_BASE_PATH", Pg, Redis, "GUARD_BASE_PATH=/c4n4ry?")]
    [InlineData("WRAPPER_PORT must be a port from 0 (any free one) to 65535", Pg, Redis, "WRAPPER_PORT=c4n4ry")]
    [InlineData("WRAPPER_HOST must be an IP address, or localhost", Pg, Redis, "WRAPPER_HOST=c4n4ry")]
    [InlineData("WRAPPER_LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR", Pg, Redis, "WRAPPER_LOG_LEVEL=c4n4ry")]
    [InlineData("WRAPPER_KEYS entry 1 has no '='", Pg, Redis, "WRAPPER_KEYS=c4n4ryc4n4ryc4n4ry")]
    [InlineData("WRAPPER_HOST must be a loopback address if WRAPPER_KEYS is empty", Pg, Redis, "WRAPPER_HOST=0.0.0.0")]
    public async Task Wrong_variable_is_one_line_that_names_it_and_hides_its_value(string begins, params string[] variables)
    {
        HxProcess.Ending ending = await HxProcess.RunAsync("config", Pairs(variables));

        AssertMisuse(ending with { Output = "" });
        string line = Assert.Single(ending.ErrorLines);
        Assert.StartsWith($"hx: {begins}", line, StringComparison.Ordinal);
        // The rest is shown, and what is wrong is pointed at.
        Assert.DoesNotContain(Canary, ending.Output, StringComparison.OrdinalIgnoreCase);
        Assert.Matches($@"(?m)^  {begins.Split(' ')[0]} +wrong: see below ", ending.Output);
        Assert.Matches("(?m)^  HEALTH_RISE +2 +default$", ending.Output);
        Assert.Contains("Guarded route", ending.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("serve")]
    [InlineData("guard /v1/keys")]
    [InlineData("override show")]
    [InlineData("routes list")]
    public async Task All_faults_are_told_at_once_by_every_command(string commandLine)
    {
        HxProcess.Ending ending = await HxProcess.RunAsync(
            commandLine,
            Pairs(["PG_URL=mysql://c4n4ry", "REDIS_TIMEOUT=c4n4ry", "WRAPPER_PORT=c4n4ry", "GUARD_MODE=c4n4ry"])
        );

        AssertMisuse(ending);
        Assert.Equal(
            ["GUARD_MODE", "PG_URL", "REDIS_TIMEOUT", "REDIS_URL", "WRAPPER_PORT"],
            ending.ErrorLines.Select(line => line.Split(' ')[1]).Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("check --json")]
    [InlineData("check -o yaml")]
    [InlineData("config -o json")]
    [InlineData("guard /v1/keys --json")]
    [InlineData("override show -o json")]
    [InlineData("routes list -o yaml")]
    public async Task Machines_get_a_document_with_the_same_faults(string commandLine)
    {
        HxProcess.Ending ending = await HxProcess.RunAsync(
            commandLine,
            Pairs(["PG_URL=mysql://c4n4ry", "REDIS_URL=redis://localhost", "PG_TIMEOUT=c4n4ry"])
        );

        AssertMisuse(ending with { Output = "" });
        Assert.DoesNotContain(Canary, ending.Output, StringComparison.OrdinalIgnoreCase);
        YamlMappingNode document = OutputFormats.Read(ending.Output);
        // hx config gives the rest as well.
        YamlMappingNode holder = commandLine.StartsWith("config", StringComparison.Ordinal) ? document : (YamlMappingNode)document["error"];
        Assert.Equal(
            ending.ErrorLines,
            ((YamlSequenceNode)holder["problems"]).Select(problem => $"hx: {problem["variable"]} {problem["problem"]}")
        );
        Assert.Equal(2, ending.ErrorLines.Length);
    }

    [Theory]
    [InlineData("nonsense", "'nonsense' is not a command of 'hx'.", "hx")]
    [InlineData("chekc", "'chekc' is not a command of 'hx'. Did you mean 'check'?", "hx")]
    [InlineData("overide closed --for x", "'overide' is not a command of 'hx'. Did you mean 'override'?", "hx")]
    [InlineData("wire paln", "'paln' is not a command of 'hx wire'. Did you mean 'plan'?", "hx wire")]
    [InlineData("config --nonsense", "'--nonsense' is not an option of 'hx config'.", "hx config")]
    [InlineData("check --jsno", "'--jsno' is not an option of 'hx check'. Did you mean '--json'?", "hx check")]
    [InlineData(
        "wire plan --litellm-env=x",
        "'--litellm-env' is not an option of 'hx wire plan'. Did you mean '--litellm-env-file'?",
        "hx wire plan"
    )]
    [InlineData("config extra", "'extra' is one argument too many.", "hx config")]
    [InlineData("guard", "<path> is missing.", "hx guard")]
    [InlineData("guard /a /b", "'/b' is one argument too many.", "hx guard")]
    [InlineData("guard /a --method", "--method needs a value.", "hx guard")]
    [InlineData("override", "<action> is missing.", "hx override")]
    [InlineData("override shut", "<action> must be closed, open, clear or show, not 'shut'.", "hx override")]
    [InlineData("override claer", "<action> must be closed, open, clear or show, not 'claer'. Did you mean 'clear'?", "hx override")]
    [InlineData("check -o jsn", "-o must be table, json or yaml, not 'jsn'. Did you mean 'json'?", "hx check")]
    [InlineData("wire apply --keep x", "--keep must be a whole number.", "hx wire apply")]
    [InlineData("wire plan --timeout 2d", "--timeout must be a time such as 90s, 10m or 1h30m, from 0 s to 1 h.", "hx wire plan")]
    [InlineData("help wrie", "'wrie' is not a command of 'hx', nor a topic. Did you mean 'wire'?", "hx")]
    [InlineData("help routes lst", "'lst' is not a command of 'hx routes', nor a topic. Did you mean 'list'?", "hx routes")]
    public async Task Wrong_command_line_is_one_line_and_where_to_look(string commandLine, string line, string command)
    {
        HxProcess.Ending ending = await HxProcess.RunAsync(commandLine);

        AssertMisuse(ending);
        Assert.Equal([$"hx: {line}", $"Try '{command} --help'."], ending.ErrorLines);
    }

    [Theory]
    [InlineData("{", "local.settings.json is not valid JSON (line 1)")]
    [InlineData("[]", "local.settings.json must be a JSON object")]
    [InlineData(
        """{"IsEncrypted":true,"Values":{"PG_URL":"c4n4ry"}}""",
        "local.settings.json is encrypted; run 'func settings decrypt' first"
    )]
    [InlineData("""{"Values":{"PG_URL":["c4n4ry"]}}""", "local.settings.json: 'Values.PG_URL' must be a string, a number or a boolean")]
    public async Task Settings_file_that_can_not_be_read_is_all_that_is_told(string file, string problem)
    {
        HxProcess.Ending ending = await HxProcess.RunAsync("config", file, []);

        AssertMisuse(ending);
        Assert.Equal([$"hx: {problem}"], ending.ErrorLines);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("guard --help")]
    [InlineData("--version")]
    [InlineData("")]
    [InlineData("wire")]
    [InlineData("help")]
    [InlineData("help wire plan")]
    [InlineData("help exit-codes")]
    [InlineData("help environment")]
    [InlineData("help formats")]
    public async Task Help_needs_no_configuration(string commandLine)
    {
        HxProcess.Ending ending = await HxProcess.RunAsync(commandLine);

        Assert.Equal((0, ""), (ending.Code, ending.Error));
        Assert.NotEqual("", ending.Output);
    }

    private static void AssertMisuse(HxProcess.Ending ending)
    {
        Assert.Equal((2, ""), (ending.Code, ending.Output));
        Assert.DoesNotContain(Canary, ending.Error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", ending.Error, StringComparison.Ordinal);
    }

    private static (string Name, string? Value)[] Pairs(string[] variables) =>
        [.. variables.Select(v => v.Split('=', 2)).Select(p => (p[0], (string?)p[1]))];
}
