using System.Diagnostics;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using HxFunctions.Cli.Commands;
using HxFunctions.Core.Configuration;
using HxFunctions.Servers;
using HxFunctions.Tests;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace HxFunctions.SystemTests.Packaging;

/// <summary>containers/compose.yaml, which no engine runs here.</summary>
public sealed partial class ComposeTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "containers");
    private static readonly Dictionary<object, object> File = Read();
    private static readonly Dictionary<string, Dictionary<object, object>> Services = (
        (Dictionary<object, object>)File["services"]
    ).ToDictionary(s => (string)s.Key, s => (Dictionary<object, object>)s.Value);

    public static TheoryData<string> Names => [.. Services.Keys];

    [Fact]
    public void Everything_of_a_guarded_gateway_is_there() =>
        Assert.Equal(["hx", "litellm", "network", "nginx", "postgres", "qdrant", "redis"], Services.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void Service_is_hardened_pinned_and_looked_after(string name)
    {
        Dictionary<object, object> service = Services[name];
        // LiteLLM writes where it is installed.
        if (name != "litellm")
        {
            Assert.Equal("true", service["read_only"]);
        }

        Assert.Equal(["ALL"], List(service["cap_drop"]));
        Assert.Contains("no-new-privileges:true", List(service["security_opt"]));
        Assert.DoesNotContain((string)service["user"], new[] { "0", "root" });
        Assert.False(service.ContainsKey("privileged"));
        Assert.Matches(@"\A[a-z0-9./_-]+:[a-z0-9][a-z0-9.-]*\z", (string)service["image"]);
        Assert.DoesNotContain("latest", (string)service["image"], StringComparison.Ordinal);
        Dictionary<object, object> health = (Dictionary<object, object>)service["healthcheck"];
        Assert.NotEmpty(List(health["test"]));
        // "up --wait" waits for the first one, which comes after an interval.
        Assert.Contains((string)health["interval"], new[] { "10s", "30s" });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Secret_comes_from_the_environment_and_must_be_there(string name)
    {
        if (!Services[name].TryGetValue("environment", out object? environment))
        {
            return;
        }

        foreach ((object variable, object value) in (Dictionary<object, object>)environment)
        {
            if (Secret().IsMatch((string)variable))
            {
                Assert.Matches(@"\$\{[A-Z_]+:\?[^}]+\}", (string)value);
            }
        }
    }

    [Fact]
    public void Example_of_the_environment_has_every_variable_and_no_value()
    {
        string[] asked = [.. Asked().Matches(Text()).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal)];
        string[] lines =
        [
            .. System.IO.File.ReadAllLines(Path.Combine(Folder, "example.env")).Where(line => line.Length > 0 && line[0] != '#'),
        ];
        Assert.Equal(asked.Select(variable => variable + "="), lines.Order(StringComparer.Ordinal));
    }

    /// <summary>The variables that hx is given are hx's, and hx accepts them.</summary>
    [Fact]
    public void Hx_accepts_its_settings_and_has_time_to_end()
    {
        Dictionary<object, object> hx = Services["hx"];
        Dictionary<string, string?> variables = ((Dictionary<object, object>)hx["environment"]).ToDictionary(
            v => (string)v.Key,
            v => (string?)Asked().Replace((string)v.Value, match => $"made-up-{match.Groups[1].Value.ToLowerInvariant().Replace('_', '-')}")
        );
        Assert.All(variables.Keys, variable => Assert.True(Variables.ByName.ContainsKey(variable), variable));
        Cli.Commands.Settings settings = Cli.Commands.Settings.From(variables);
        Assert.Empty(settings.Product.Problems);
        Assert.Empty(settings.Wrapper.Problems);
        Assert.False(settings.Wrapper.Keys.IsEmpty);
        TimeSpan grace = TimeSpan.FromSeconds(
            int.Parse(((string)hx["stop_grace_period"]).TrimEnd('s'), System.Globalization.CultureInfo.InvariantCulture)
        );
        Assert.InRange(grace, ServeCommand.ShutdownTimeout(settings.Product) + TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1));
    }

    /// <summary>Nothing but nginx is reached from outside, and nginx only from this machine: of those that share its network, the two
    /// others listen on loopback.</summary>
    [Fact]
    public void Only_nginx_is_behind_a_port()
    {
        Assert.Equal("network", Assert.Single(Services, service => service.Value.ContainsKey("ports")).Key);
        Assert.All(List(Services["network"]["ports"]), port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal));
        Assert.All(new[] { "hx", "litellm", "nginx" }, name => Assert.Equal("service:network", Services[name]["network_mode"]));
        Assert.False(((Dictionary<object, object>)Services["hx"]["environment"]).ContainsKey("WRAPPER_HOST"));
        string[] litellm = List(Services["litellm"]["command"]);
        Assert.Equal("127.0.0.1", litellm[Array.IndexOf(litellm, "--host") + 1]);
    }

    /// <summary>A network namespace ends with its owner: whoever had joined it would be alone in the old one after its restart.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Network_is_joined_only_of_what_never_ends_by_itself(string name)
    {
        if (Services[name].TryGetValue("network_mode", out object? mode) && (string)mode is ['s', ..] owner)
        {
            Assert.Equal(["sleep", "infinity"], List(Services[owner["service:".Length..]]["command"]));
        }
    }

    /// <summary>The first process of a container gets SIGTERM. A shell forks each part of a pipe, stays the first, and doesn't hear
    /// it.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Server_that_a_shell_starts_takes_its_place(string name)
    {
        if (Services[name].TryGetValue("command", out object? command) && List(command) is ["sh", "-c", string script])
        {
            Assert.DoesNotContain('|', script);
            Assert.StartsWith("exec ", script.Split("&&")[^1].Trim(), StringComparison.Ordinal);
        }
    }

    /// <summary>By the service's own command, with a folder of the test's in place of the container's.</summary>
    [Fact]
    public async Task Redis_reads_the_password_that_its_command_writes_down_and_ends_when_told()
    {
        Assert.Equal(["/run/redis"], List(Services["redis"]["tmpfs"]));
        using ThrowAwayDirectory directory = new("hx-compose-");
        string server = ExternalProgram.FindServer("redis-server", package: "redis-server");
        int port = FreePort.Next();
        string script = List(Services["redis"]["command"])[^1]
            .Replace("$$REDIS_PASSWORD", "made-up-password", StringComparison.Ordinal)
            .Replace("dir /data", $"dir {directory.Path}", StringComparison.Ordinal)
            .Replace("/run/redis/", directory.Path + "/", StringComparison.Ordinal)
            .Replace("exec redis-server ", $"exec {server} ", StringComparison.Ordinal);
        using ChildProcess redis = ChildProcess.Start("sh", ["-c", $"{script} --bind 127.0.0.1 --port {port}"], directory);

        Assert.Equal("OK", await FirstAnswerAsync(redis, port, "AUTH", "made-up-password"));

        await redis.StopAsync(15, TimeSpan.FromSeconds(30));
        Assert.Equal(0, redis.ExitCode);
    }

    private static async Task<string> FirstAnswerAsync(ChildProcess redis, int port, params string[] command)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromMinutes(1));
        while (true)
        {
            try
            {
                using TcpClient client = new();
                await client.ConnectAsync("127.0.0.1", port, patience.Token);
                return await RespText.AskAsync(client.GetStream(), command, patience.Token);
            }
            catch (SocketException) when (!redis.HasExited)
            {
                await Task.Delay(50, patience.Token);
            }
        }
    }

    /// <summary>Compose copies what isn't a file of the host's into the container, and refuses to where that is read-only:
    /// https://github.com/docker/compose/blob/main/pkg/compose/secrets.go</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Read_only_service_has_no_config_or_secret_that_would_be_copied_into_it(string name)
    {
        foreach (string kind in new[] { "configs", "secrets" })
        {
            if (!Services[name].TryGetValue(kind, out object? uses) || !Services[name].ContainsKey("read_only"))
            {
                continue;
            }

            foreach (object use in (List<object>)uses)
            {
                string source = use as string ?? (string)((Dictionary<object, object>)use)["source"];
                Dictionary<object, object> defined = (Dictionary<object, object>)((Dictionary<object, object>)File[kind])[source];
                Assert.Equal("file", Assert.Single(defined.Keys));
            }
        }
    }

    /// <summary>By the service's own command, with folders of the test's in place of the container's.</summary>
    [Fact]
    public async Task Nginx_accepts_the_files_that_its_command_puts_together()
    {
        using ThrowAwayDirectory directory = new("hx-compose-");
        string mounted = Directory.CreateDirectory(Path.Combine(directory.Path, "mounted")).FullName;
        string used = Directory.CreateDirectory(Path.Combine(directory.Path, "used")).FullName;
        foreach (string mount in List(Services["nginx"]["volumes"]))
        {
            string[] parts = mount.Split(':');
            Assert.Equal("ro", parts[2]);
            Assert.StartsWith("/etc/nginx/", parts[1], StringComparison.Ordinal);
            // Free of ports and folders that others may use.
            string text = (await System.IO.File.ReadAllTextAsync(Path.Combine(Folder, parts[0])))
                .Replace("listen 8080", $"listen 127.0.0.1:{FreePort.Next()}", StringComparison.Ordinal)
                .Replace(" /tmp/", $" {directory.Path}/", StringComparison.Ordinal)
                .Replace("/run/hx-guard ", Path.Combine(directory.Path, "kept") + " ", StringComparison.Ordinal);
            await System.IO.File.WriteAllTextAsync(Path.Combine(mounted, Path.GetFileName(parts[1])), text);
        }

        // What it writes to is its own, and in memory: the container is read-only.
        Assert.Contains("/run/nginx:uid=101,mode=0700", List(Services["nginx"]["tmpfs"]));
        string nginx = ExternalProgram.FindServer("nginx", package: "nginx-light");
        string[] command = List(Services["nginx"]["command"]);
        Assert.Equal(["sh", "-c"], command[..^1]);
        string script = command[^1]
            .Replace("$$", "$", StringComparison.Ordinal)
            .Replace("/etc/nginx/", mounted + "/", StringComparison.Ordinal)
            .Replace("/run/nginx/", used + "/", StringComparison.Ordinal)
            .Replace("exec nginx ", $"exec {nginx} -t -p {directory.Path} ", StringComparison.Ordinal);
        ProcessStartInfo start = ExternalProgram.StartInfo("sh", ["-c", script], user: null);
        start.Environment["HX_GUARD_KEY"] = "made-up-key";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(),
            error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await output + await error);
        Assert.Equal(
            "proxy_set_header x-functions-key \"made-up-key\";\n",
            await System.IO.File.ReadAllTextAsync(Path.Combine(used, "hx-guard-key.conf"))
        );
    }

    private static string[] List(object node) => [.. ((List<object>)node).Cast<string>()];

    private static string Text() => System.IO.File.ReadAllText(Path.Combine(Folder, "compose.yaml"));

    /// <summary>With anchors and merges resolved, as compose does it. Every scalar is text.</summary>
    private static Dictionary<object, object> Read() =>
        new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(new MergingParser(new Parser(new StringReader(Text()))));

    [GeneratedRegex(@"\$\{([A-Z_]+)(?::\?[^}]*)?\}", RegexOptions.CultureInvariant)]
    private static partial Regex Asked();

    [GeneratedRegex("PASSWORD|KEY|SECRET|PG_URL|REDIS_URL|DATABASE_URL", RegexOptions.CultureInvariant)]
    private static partial Regex Secret();
}
