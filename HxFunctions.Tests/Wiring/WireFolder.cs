using System.Text.Json;
using HxFunctions.Cli.Commands;

namespace HxFunctions.Tests.Wiring;

/// <summary>A folder with the files that <c>hx wire</c> works on, and <c>hx wire</c> itself in this process, without probes and
/// services.</summary>
internal sealed class WireFolder : IDisposable
{
    public const string Password = "c4nary-pa55word";
    public const string PgUrl = $"postgresql+asyncpg://litellm:{Password}@db.canary.invalid:5433/litellm";
    public const string RedisUrl = $"redis://:{Password}@cache.canary.invalid:6380/2";

    public WireFolder(string config = "litellm_settings:\n  drop_params: true\n", string? wrapper = null)
    {
        File.WriteAllText(Config, config);
        File.WriteAllText(Wrapper, wrapper ?? $"# the wrapper's\nPG_URL={PgUrl}\nREDIS_URL={RedisUrl}\n");
        File.SetUnixFileMode(Wrapper, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
    }

    public DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory("hx-wire-");

    public string Config => In("config.yaml");

    public string Wrapper => In("gateway-wrapper.env");

    public string LiteLlm => In("litellm.env");

    public string Units => In("units");

    public string DropIn => Path.Combine(Units, "hx-litellm-gateway.service.d", "50-hx-wire.conf");

    public string State => In(".hx-wire");

    public string In(string name) => Path.Combine(Folder.FullName, name);

    /// <summary>Every file but those of <c>hx wire</c> itself, with its content or where it leads.</summary>
    public IReadOnlyDictionary<string, string> Content() =>
        Folder
            .EnumerateFiles("*", SearchOption.AllDirectories)
            .Where(f => !f.FullName.StartsWith(State, StringComparison.Ordinal))
            .ToDictionary(
                f => Path.GetRelativePath(Folder.FullName, f.FullName),
                f => f.LinkTarget ?? Convert.ToHexString(File.ReadAllBytes(f.FullName))
            );

    /// <param name="more">More arguments.</param>
    public async Task<WireEnding> RunAsync(string command, params string[] more)
    {
        StringWriter output = new(),
            error = new();
        int code = await HxCommand.RunAsync(["wire", command, .. Arguments, "--no-probe", "--no-restart", .. more], output, error);
        return new(code, output.ToString(), error.ToString());
    }

    public string[] Arguments => ["--config", Config, "--unit-dir", Units];

    public void Dispose() => Folder.Delete(recursive: true);
}

/// <summary>How a command ended.</summary>
internal sealed record WireEnding(int Code, string Output, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;
}
