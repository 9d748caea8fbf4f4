using System.Globalization;
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
    private const double MiB = 1024 * 1024;

    [Fact]
    public void Folder_is_small_and_has_the_program_and_its_settings_alone()
    {
        FileInfo[] files = new DirectoryInfo(build.Folder).GetFiles("*", SearchOption.AllDirectories);
        Assert.Equal(["host.json", "hx"], files.Select(file => file.Name).Order(StringComparer.Ordinal));
        double size = files.Sum(file => file.Length) / MiB;
        output.WriteLine($"{size:0.0} MiB");
        Assert.InRange(size, 1, 45);
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
