using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace HxFunctions.Tests.Architecture;

/// <summary>Who may know whom: projects by their references and by the files of others that they compile, rooms of Core by the names in
/// their files. docs/architecture.md draws the same arrows.</summary>
public sealed partial class ArrowsTests
{
    private static readonly string[] AllButTheApp = ["AspNetCore", "Cli", "Core", "Servers", "Servers.Garnet", "Tests", "Wiring"];

    /// <summary>By project, without the common prefix: the projects that it may refer to.</summary>
    private static readonly Dictionary<string, string[]> Projects = new()
    {
        ["HxFunctions"] = ["Core"],
        ["Core"] = [],
        // What a gateway takes in knows nothing of what it asks.
        ["AspNetCore"] = [],
        ["YarpGateway"] = ["AspNetCore"],
        ["Wiring"] = ["Core"],
        ["Servers"] = [],
        ["Servers.Garnet"] = ["Servers"],
        ["Cli"] = ["Core", "Servers", "Servers.Garnet", "Wiring"],
        ["Tests"] = ["AspNetCore", "Bench.Report", "Cli", "Core", "Servers", "Wiring"],
        ["SystemTests"] = AllButTheApp,
        // It compiles the empty endpoint, to count it in its own process, and the played Functions host of the system tests: a reference
        // to their project would bring its browser and all else along.
        ["Bench"] = ["Bench.Report", "EmptyEndpoint", "SystemTests", .. AllButTheApp],
        // What is made of figures knows nothing of how they come about.
        ["Bench.Report"] = [],
        // What is measured beside us.
        ["EmptyEndpoint"] = [],
        ["EmptyWorker"] = [],
        ["Peers"] = [],
    };

    /// <summary>From the ground up: a room uses those before it.</summary>
    private static readonly string[] Rooms =
    [
        "Routing",
        "Telemetry",
        "Configuration",
        "Dependencies",
        "Notifications",
        "Snapshots",
        "Guarding",
        "Http",
        "Hosting",
    ];

    [Fact]
    public void Projects_refer_only_to_those_that_they_may_know()
    {
        string[] files = [.. Files("*.csproj")];
        Assert.Equal(Projects.Keys.Order(), files.Select(ShortName).Order());
        Assert.Empty(files.SelectMany(file => ForbiddenReferences(ShortName(file), XElement.Load(file))));
    }

    [Fact]
    public void Only_the_app_and_what_it_is_measured_against_know_Azure_Functions() =>
        Assert.Equal(
            ["EmptyWorker", "HxFunctions"],
            Files("*.csproj")
                .Where(file => File.ReadAllText(file).Contains("\"Microsoft.Azure.Functions", StringComparison.Ordinal))
                .Select(ShortName)
                .Order()
        );

    [Fact]
    public void Empty_worker_has_the_packages_of_the_app_and_the_drivers()
    {
        string[] ofTheApp = PackagesOf("HxFunctions/HxFunctions.csproj");
        Assert.NotEmpty(ofTheApp);
        string[] drivers = ["Npgsql", "StackExchange.Redis"];
        Assert.Empty(drivers.Except(PackagesOf("HxFunctions.Core/HxFunctions.Core.csproj")));
        Assert.Equal([.. ofTheApp, .. drivers], PackagesOf("bench/HxFunctions.EmptyWorker/HxFunctions.EmptyWorker.csproj"));
    }

    [Fact]
    public void Every_file_of_Core_is_in_a_room_and_its_namespace_is_the_folder()
    {
        Assert.All(
            CoreFiles(),
            file =>
            {
                Assert.Contains(RoomOf(file), Rooms);
                string folder = Path.GetRelativePath(Repository.Root, Path.GetDirectoryName(file)!);
                Assert.Contains($"\nnamespace {folder.Replace(Path.DirectorySeparatorChar, '.')};\n", "\n" + File.ReadAllText(file));
            }
        );
    }

    [Fact]
    public void Rooms_use_only_those_below_them()
    {
        string[] files = [.. CoreFiles()];
        Assert.All(Rooms, room => Assert.Contains(room, files.Select(RoomOf)));
        Assert.Empty(
            files.SelectMany(file =>
                ForbiddenRooms(RoomOf(file), File.ReadAllText(file)).Select(room => $"{Path.GetFileName(file)} -> {room}")
            )
        );
    }

    [Theory]
    [InlineData("Snapshots", "using HxFunctions.Core.Guarding;", "Guarding")]
    [InlineData("Dependencies", "using static HxFunctions.Core.Http.Status.StatusText;", "Http")]
    [InlineData("Configuration", "Dependencies.Reasons.Ok", "Dependencies")]
    [InlineData("Configuration", "<see cref=\"Core.Hosting.ProbeNow\"/>", "Hosting")]
    [InlineData("Telemetry", "using HxFunctions.Core.Routing;", "Routing")]
    [InlineData("Routing", "global using System;", "global using")]
    [InlineData("Http", "using HxFunctions.Core.Guarding; x.Hosting.Y", null)]
    public void Planted_arrow_is_found(string room, string text, string? found) =>
        Assert.Equal(found is null ? [] : [found], ForbiddenRooms(room, text));

    [Theory]
    [InlineData("<ProjectReference Include='../HxFunctions.Cli/HxFunctions.Cli.csproj' />", "Cli")]
    [InlineData("<Compile Include='../HxFunctions.Cli/Serving/HostKeys.cs' LinkBase='Linked' />", "Cli")]
    [InlineData(@"<Compile Include='Own.cs; ..\HxFunctions.Core\Guarding\Guard.cs; ..\HxFunctions\Program.cs' />", "HxFunctions")]
    [InlineData("<Protobuf Include='../HxFunctions.SystemTests/Worker/FunctionRpc.proto' />", "SystemTests")]
    [InlineData("<Compile Include='../bench/HxFunctions.EmptyEndpoint/EmptyEndpoint.cs' />", "EmptyEndpoint")]
    [InlineData("<Compile Include='$(Elsewhere)/HxFunctions.Cli/Program.cs' />", "Cli")]
    [InlineData("<Compile Include='../shared/X.cs' />", "../shared/X.cs")]
    [InlineData("<Compile Include='Own.cs' /><Compile Remove='Other.cs' />", null)]
    [InlineData("<Compile Include='../HxFunctions.Wiring/Own.cs' />", null)]
    public void Planted_reference_is_found(string item, string? found) =>
        Assert.Equal(found is null ? [] : [$"Wiring -> {found}"], ForbiddenReferences("Wiring", XElement.Parse($"<P>{item}</P>")));

    private static string[] PackagesOf(string project) =>
        [
            .. XElement
                .Load(Path.Combine(Repository.Root, project))
                .Descendants("PackageReference")
                .Select(package => (string)package.Attribute("Include")!)
                .Order(StringComparer.Ordinal),
        ];

    private static IEnumerable<string> ForbiddenReferences(string project, XElement content) =>
        content
            .Descendants("ProjectReference")
            .Select(reference => ShortName((string)reference.Attribute("Include")!))
            .Concat(OwnersOfLinkedFiles(content))
            .Except([project, .. Projects[project]])
            .Select(other => $"{project} -> {other}");

    /// <summary>The projects whose files this one compiles; for a file outside of the project that is in none, its path.</summary>
    private static IEnumerable<string> OwnersOfLinkedFiles(XElement content) =>
        content
            .Descendants()
            .Where(item => item.Name.LocalName is "Compile" or "Protobuf")
            .SelectMany(item =>
                ((string?)item.Attribute("Include") ?? "").Split(
                    ';',
                    StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries
                )
            )
            .Where(path => path.StartsWith("..", StringComparison.Ordinal) || path.StartsWith("$(", StringComparison.Ordinal))
            .Select(path =>
                path.Split('/', '\\')
                    .Select(folder => folder.Replace("HxFunctions.", "", StringComparison.Ordinal))
                    .FirstOrDefault(Projects.ContainsKey, path)
            );

    private static IEnumerable<string> ForbiddenRooms(string room, string text)
    {
        // The two on the ground don't use each other.
        string[] allowed = room is "Routing" or "Telemetry" ? [room] : Rooms[..(Array.IndexOf(Rooms, room) + 1)];
        IEnumerable<string> used = RoomName().Matches(text).Select(match => match.Groups[1].Value);
        // A global using would be an arrow from every room.
        return used.Except(allowed).Concat(text.Contains("global using", StringComparison.Ordinal) ? ["global using"] : []);
    }

    private static IEnumerable<string> CoreFiles() => Files("*.cs").Where(file => RoomOf(file).Length > 0);

    /// <summary>The folder below Core; empty outside of Core, <c>.</c> for a file that is in none.</summary>
    private static string RoomOf(string file)
    {
        string[] parts = Path.GetRelativePath(Repository.Root, file).Split(Path.DirectorySeparatorChar);
        return parts[0] != "HxFunctions.Core" ? ""
            : parts.Length == 2 ? "."
            : parts[1];
    }

    private static IEnumerable<string> Files(string pattern) =>
        Directory
            .EnumerateFiles(Repository.Root, pattern, SearchOption.AllDirectories)
            .Where(file => !BuildOutput().IsMatch(Path.GetRelativePath(Repository.Root, file)));

    private static string ShortName(string project) =>
        Path.GetFileNameWithoutExtension(project).Replace("HxFunctions.", "", StringComparison.Ordinal);

    /// <summary>A room's name in a using directive, and in a name that is qualified by all or the last of its namespaces.</summary>
    [GeneratedRegex(
        @"(?:HxFunctions\.Core\.|(?<![\w.])(?:Core\.)?(?=\w+\.[A-Z]))"
            + @"(Routing|Telemetry|Configuration|Dependencies|Notifications|Snapshots|Guarding|Http|Hosting)\b",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex RoomName();

    [GeneratedRegex(@"(^|[/\\])(bin|obj|StrykerOutput|\.[^/\\]+)[/\\]", RegexOptions.CultureInvariant)]
    private static partial Regex BuildOutput();
}
