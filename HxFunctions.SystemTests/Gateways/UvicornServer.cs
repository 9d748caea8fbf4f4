using System.Globalization;
using HxFunctions.Servers;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>Debian's uvicorn with an app of this directory: the framework and the server that LiteLLM runs on. One process, in a directory
/// of its own.</summary>
/// <param name="app">The module of the app, and so the file's name.</param>
/// <param name="parser">uvicorn's <c>--http</c>: <c>h11</c> or <c>httptools</c>.</param>
internal abstract class UvicornServer(string app, string parser) : FrontServer("uvicorn", new ThrowAwayDirectory("hx-uvicorn-"))
{
    private static string[] Quiet => ["--no-access-log", "--log-level", "critical", "--lifespan", "off", "--timeout-keep-alive", "600"];

    protected override ChildProcess Launch()
    {
        DebianPython.Require("uvicorn", "python3-starlette python3-uvicorn python3-httptools python3-wsproto");
        return ChildProcess.Start(
            DebianPython.Program,
            // Isolated, and without writing compiled files next to ours.
            [
                "-IB",
                "-m",
                "uvicorn",
                "--host",
                "127.0.0.1",
                "--port",
                Port.ToString(CultureInfo.InvariantCulture),
                "--http",
                parser,
                "--ws",
                "wsproto",
                .. Quiet,
                "--app-dir",
                Path.Combine(Repository.Root, "HxFunctions.SystemTests", "Gateways"),
                app + ":app",
            ],
            Folder
        );
    }
}
