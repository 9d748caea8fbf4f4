using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using HxFunctions.Tests;
using YamlDotNet.RepresentationModel;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>The files for editors, the dev container, GitHub's forms and Dependabot, none of which runs here: they are well formed, and
/// what they name exists.</summary>
public sealed partial class RepositoryFilesTests
{
    private static readonly string[] Folders = [".github", ".devcontainer", ".vscode", ".config"];

    private static readonly string[] JsonPaths =
    [
        .. Folders.SelectMany(folder => Find(folder, "*.json")),
        .. Directory
            .EnumerateFiles(Repository.Root, "launchSettings.json", SearchOption.AllDirectories)
            .Select(Relative)
            .Where(file => !BuildOutput().IsMatch(file)),
    ];

    private static readonly string[] YamlPaths = [.. Find(".github", "*.yml")];

    public static TheoryData<string> JsonFiles => [.. JsonPaths];

    public static TheoryData<string> YamlFiles => [.. YamlPaths];

    [Theory]
    [MemberData(nameof(JsonFiles))]
    public void Json_is_well_formed(string file)
    {
        using JsonDocument document = JsonDocument.Parse(Text(file));
        Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind);
    }

    [Theory]
    [MemberData(nameof(YamlFiles))]
    public void Yaml_is_well_formed(string file) => Assert.NotEmpty(Yaml(file).Children);

    [Fact]
    public void Files_are_found_where_they_are()
    {
        Assert.All(
            new[]
            {
                ".devcontainer/devcontainer.json",
                ".vscode/extensions.json",
                ".vscode/launch.json",
                ".vscode/tasks.json",
                "HxFunctions/Properties/launchSettings.json",
            },
            file => Assert.Contains(file, JsonPaths)
        );
        Assert.Contains(".github/dependabot.yml", YamlPaths);
    }

    /// <summary><c>dotnet run</c> would print a line about it before every command's output, JSON included.</summary>
    [Fact]
    public void Hx_has_no_launch_settings() =>
        Assert.False(File.Exists(Path.Combine(Repository.Root, "HxFunctions.Cli", "Properties", "launchSettings.json")));

    [Fact]
    public void Tasks_and_launches_name_what_there_is()
    {
        JsonElement[] tasks = [.. Json(".vscode/tasks.json").GetProperty("tasks").EnumerateArray()],
            launches = [.. Json(".vscode/launch.json").GetProperty("configurations").EnumerateArray()];
        string[] labels = [.. tasks.Select(task => task.GetProperty("label").GetString()!)];
        foreach (JsonElement task in tasks)
        {
            string command = task.GetProperty("command").GetString()!;
            string[] arguments = task.TryGetProperty("args", out JsonElement args) ? [.. args.EnumerateArray().Select(a => $"{a}")] : [];
            if (command == "dotnet")
            {
                Assert.Equal("build", arguments[0]);
                Assert.True(Directory.EnumerateFiles(Path.Combine(Repository.Root, arguments[1]), "*.csproj").Any(), arguments[1]);
            }
            else if (command.Contains('/', StringComparison.Ordinal))
            {
                Assert.True(File.Exists(Path.Combine(Repository.Root, command)), command);
            }

            if (task.TryGetProperty("dependsOn", out JsonElement needed))
            {
                Assert.Contains(needed.GetString(), labels);
            }
        }

        foreach (JsonElement launch in launches)
        {
            Assert.Contains(launch.GetProperty("preLaunchTask").GetString(), labels);
            if (launch.TryGetProperty("program", out JsonElement program))
            {
                Assert.Equal(ProgramOf("HxFunctions.Cli"), program.GetString());
                Assert.Contains(
                    launch.GetProperty("args")[0].GetString(),
                    Cli.Commands.HxCommand.CreateRoot().Subcommands.Select(command => command.Name)
                );
            }
        }
    }

    [Fact]
    public void Dev_container_has_the_sdk_the_servers_and_the_editors_extensions()
    {
        JsonElement container = Json(".devcontainer/devcontainer.json");
        Assert.All(
            new[] { "postCreateCommand", "postStartCommand" },
            step => Assert.True(File.Exists(Path.Combine(Repository.Root, container.GetProperty(step).GetString()!.Split(' ')[1])))
        );
        string sdk = Json("global.json").GetProperty("sdk").GetProperty("version").GetString()!;
        JsonProperty[] features = [.. container.GetProperty("features").EnumerateObject()];
        string dotnet = features
            .Single(f => f.Name.Contains("/dotnet:", StringComparison.Ordinal))
            .Value.GetProperty("version")
            .GetString()!;
        Assert.StartsWith(dotnet + ".", sdk, StringComparison.Ordinal);
        Assert.Equal(
            Json(".vscode/extensions.json").GetProperty("recommendations").EnumerateArray().Select(e => e.GetString()),
            container
                .GetProperty("customizations")
                .GetProperty("vscode")
                .GetProperty("extensions")
                .EnumerateArray()
                .Select(e => e.GetString())
        );

        // The same packages as eng/test asks for.
        string[] needed = [.. NeededPackage().Matches(Text("eng/test")).Select(match => match.Groups[1].Value)],
            installed =
            [.. Text(".devcontainer/create").Replace("\\\n", " ", StringComparison.Ordinal).Split('\n').Single(IsInstall).Split(' ')];
        Assert.True(needed.Length > 10, string.Join(' ', needed));
        Assert.All(needed, package => Assert.Contains(package, installed));
    }

    [Fact]
    public void Settings_of_the_dev_container_are_the_servers_that_it_starts()
    {
        string create = Text(".devcontainer/create"),
            start = Text(".devcontainer/start"),
            sample = Text("local.settings.sample.json");
        Match[] set = [.. FilledIn().Matches(create).Cast<Match>()];
        Assert.Equal(["PG_URL", "REDIS_URL"], set.Select(match => match.Groups[1].Value));
        Assert.All(set, match => Assert.Contains($"\"{match.Groups[1].Value}\": \"\"", sample, StringComparison.Ordinal));
        Uri postgres = new(set[0].Groups[2].Value);
        string[] login = postgres.UserInfo.Split(':');
        Assert.Contains($"CREATE ROLE {login[0]} LOGIN PASSWORD ''{login[1]}''", start, StringComparison.Ordinal);
        Assert.Contains($"CREATE DATABASE {postgres.AbsolutePath[1..]} OWNER {login[0]}", start, StringComparison.Ordinal);
    }

    /// <summary>https://docs.github.com/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-issue-forms</summary>
    [Fact]
    public void Issue_forms_have_what_GitHub_asks_for()
    {
        string[] forms = [.. YamlPaths.Where(file => IssueForm().IsMatch(file))];
        Assert.Equal([".github/ISSUE_TEMPLATE/bug.yml", ".github/ISSUE_TEMPLATE/idea.yml"], forms);
        foreach (YamlMappingNode form in forms.Select(Yaml))
        {
            Assert.All(new[] { "name", "description", "body" }, key => Assert.True(form.Children.ContainsKey(key), key));
            YamlMappingNode[] fields = [.. ((YamlSequenceNode)form["body"]).Cast<YamlMappingNode>()];
            Assert.All(fields, field => Assert.Contains($"{field["type"]}", new[] { "markdown", "textarea", "input", "dropdown" }));
            YamlMappingNode[] asked = [.. fields.Where(field => $"{field["type"]}" != "markdown")];
            Assert.All(asked, field => Assert.NotEqual("", $"{field["attributes"]["label"]}"));
            Assert.Equal(asked.Length, asked.Select(field => $"{field["id"]}").Distinct().Count());
        }
    }

    /// <summary>https://docs.github.com/code-security/dependabot/working-with-dependabot/dependabot-options-reference</summary>
    [Fact]
    public void Dependabot_looks_at_packages_actions_and_images_where_they_are()
    {
        YamlMappingNode[] updates = [.. ((YamlSequenceNode)Yaml(".github/dependabot.yml")["updates"]).Cast<YamlMappingNode>()];
        Dictionary<string, string> files = new()
        {
            ["nuget"] = "Directory.Packages.props",
            ["github-actions"] = ".github/workflows",
            ["docker"] = "Dockerfile",
            ["docker-compose"] = "compose.yaml",
        };
        Assert.Equal(files.Keys, updates.Select(update => $"{update["package-ecosystem"]}"));
        Assert.All(
            updates,
            update =>
            {
                string folder = $"{update["directory"]}".TrimStart('/');
                Assert.True(Path.Exists(Path.Combine(Repository.Root, folder, files[$"{update["package-ecosystem"]}"])), folder);
                Assert.NotEmpty(((YamlMappingNode)update["groups"]).Children);
                Assert.Equal("weekly", $"{update["schedule"]["interval"]}");
            }
        );

        // A pattern that no package has would say nothing.
        string[] packages = [.. PackageVersion().Matches(Text("Directory.Packages.props")).Select(match => match.Groups[1].Value)];
        Assert.All(
            ((YamlMappingNode)updates[0]["groups"]).SelectMany(group => (YamlSequenceNode)group.Value["patterns"]),
            pattern =>
                Assert.Contains(
                    packages,
                    package => Regex.IsMatch(package, $"^{Regex.Escape($"{pattern}").Replace(@"\*", ".*", StringComparison.Ordinal)}$")
                )
        );
    }

    private static string ProgramOf(string project)
    {
        string file = Path.Combine(Repository.Root, project, $"{project}.csproj");
        string framework =
                XElement.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("TargetFramework").Single().Value,
            assembly = XElement.Load(file).Descendants("AssemblyName").Single().Value;
        return $"${{workspaceFolder}}/{project}/bin/Debug/{framework}/{assembly}.dll";
    }

    private static bool IsInstall(string line) => line.Contains("apt-get -q install", StringComparison.Ordinal);

    private static string Text(string file) => File.ReadAllText(Path.Combine(Repository.Root, file));

    private static JsonElement Json(string file) => JsonDocument.Parse(Text(file)).RootElement;

    private static YamlMappingNode Yaml(string file)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(Text(file)));
        return (YamlMappingNode)Assert.Single(stream.Documents).RootNode;
    }

    private static IEnumerable<string> Find(string folder, string pattern) =>
        Directory
            .EnumerateFiles(Path.Combine(Repository.Root, folder), pattern, SearchOption.AllDirectories)
            .Select(Relative)
            .Order(StringComparer.Ordinal);

    private static string Relative(string file) => Path.GetRelativePath(Repository.Root, file);

    [GeneratedRegex("(^|/)(bin|obj|artifacts)/")]
    private static partial Regex BuildOutput();

    [GeneratedRegex(@"\|\| echo ([a-z0-9-]+)$", RegexOptions.Multiline)]
    private static partial Regex NeededPackage();

    [GeneratedRegex(@"s\|""([A-Z_]+)"": """"\|""\1"": ""([^""]+)""\|")]
    private static partial Regex FilledIn();

    [GeneratedRegex(@"ISSUE_TEMPLATE/(?!config)")]
    private static partial Regex IssueForm();

    [GeneratedRegex(@"<PackageVersion Include=""([^""]+)""")]
    private static partial Regex PackageVersion();
}
