using System.Diagnostics;
using System.Globalization;
using HxFunctions.Cli.Commands;
using HxFunctions.Core.Configuration;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Commands;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Packaging;

/// <summary>The native build: what is in its folder, and what it needs around it.</summary>
[Trait(HxProgram.Trait, HxProgram.Native)]
public sealed class NativeBuildTests(NativeBuild build, ITestOutputHelper output) : IClassFixture<NativeBuild>
{
    /// <summary>45 MB.</summary>
    private const long MaxSize = 45_000_000;

    [Fact]
    public void Folder_is_small_and_has_the_program_and_its_settings_alone()
    {
        FileInfo[] files = new DirectoryInfo(build.Folder).GetFiles("*", SearchOption.AllDirectories);
        Assert.Equal(["host.json", "hx"], files.Select(file => file.Name).Order(StringComparer.Ordinal));
        long size = files.Sum(file => file.Length);
        output.WriteLine($"{size / 1e6:0.0} MB");
        Assert.InRange(size, 1, MaxSize);
    }

    /// <summary>The .NET tool brings a Redis of its own, which compiles code at run time. This build can't.</summary>
    [Fact]
    public async Task Demo_without_a_redis_server_says_what_it_lacks()
    {
        using ThrowAwayDirectory nothing = new("hx-path-");
        ProcessStartInfo info = ExternalProgram.StartInfo(build.Program, ["demo", "--once"], user: null);
        info.Environment["PATH"] = nothing.Path;
        using Process hx = Process.Start(info)!;
        Task<string> output = hx.StandardOutput.ReadToEndAsync(),
            error = hx.StandardError.ReadToEndAsync();
        await hx.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal((ExitCode.Misuse, ""), (hx.ExitCode, await output));
        Assert.Equal(
            "hx: the demo needs redis-server, which is not installed: this native build of hx has no Redis of its own. On Debian: apt-get "
                + "install redis-server\n",
            await error
        );
    }

    /// <summary>As in the image: libc and OpenSSL, nothing that can be written to, a user without rights.</summary>
    [Fact]
    public async Task Serves_in_a_read_only_root_as_a_user_without_rights()
    {
        using ThrowAwayDirectory directory = new("hx-root-");
        string root = Path.Combine(directory.Path, "root");
        // A tree of its own for the program's libraries; the loader's path is the same on every Linux of a kind.
        const string Prepare = """
            set -e
            mkdir -p "$1/app" "$1/proc" "$1/dev" "$1/etc"
            cp "$2"/* "$1/app/"
            for library in $(ldd "$2/hx" | grep -o '/[^ ]*') $(ls /usr/lib/*/libssl.so.3 /usr/lib/*/libcrypto.so.3 /lib/*/libgcc_s.so.1); do
              mkdir -p "$1$(dirname "$library")"
              cp -L "$library" "$1$library"
            done
            chmod -R go+rX "$1/.."
            """;
        await ExternalProgram.RunAsync("bash", ["-c", Prepare, "bash", root, build.Folder]);

        // Mounts are of a namespace of their own, and gone with the process.
        const string Enter = """
            mount --bind "$1" "$1"
            for place in proc dev; do mount --rbind "/$place" "$1/$place"; done
            mount -o remount,bind,ro "$1"
            if touch "$1/app/new" 2>/dev/null; then exit 9; fi
            exec chroot --userspec=1654:1654 "$1" /app/hx serve
            """;
        int port = FreePort.Next();
        using ChildProcess hx = ChildProcess.Start(
            "env",
            [
                $"{Variables.PgUrl}=postgresql://hx@127.0.0.1:{FreePort.Next()}/litellm",
                $"{Variables.RedisUrl}=rediss://127.0.0.1:{FreePort.Next()}",
                $"{Variables.WrapperPort}={port.ToString(CultureInfo.InvariantCulture)}",
                "unshare",
                "--mount",
                "bash",
                "-c",
                Enter,
                "bash",
                root,
            ],
            directory
        );
        try
        {
            await Eventually.TrueAsync(() => hx.Output.Contains("listening on", StringComparison.Ordinal) || hx.HasExited);
            Assert.False(hx.HasExited, hx.Output);
            Assert.Equal("1654", Owner(hx.Id));
            Uri address = new($"http://127.0.0.1:{port}");
            Assert.Equal(200, (await RawHttp.SendAsync(address, "GET /healthz/live")).Status);
            Assert.Equal(200, (await RawHttp.SendAsync(address, "GET /guard", "", "X-Original-URI: /v1/models")).Status);
            Assert.Equal(503, (await RawHttp.SendAsync(address, "GET /guard", "", "X-Original-URI: /key/list")).Status);
        }
        finally
        {
            await hx.KillAsync();
        }
    }

    /// <summary>Who a process runs as, by its number.</summary>
    private static string Owner(int process) =>
        File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];
}
