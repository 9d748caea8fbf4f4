using System.Diagnostics;
using HxFunctions.Core.Routing;
using HxFunctions.Servers;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Documentation;

/// <summary>eng/litellm-routes, of which docs/litellm-routes.md tells, on a checkout of few routers.</summary>
public sealed class LiteLlmRoutesScriptTests : IDisposable
{
    private const string Routers = """
        from fastapi import APIRouter

        router = APIRouter(prefix="/brand_new")

        @router.post("/{name:path}/write")
        async def write(name):
            await keep(name)

        async def keep(name):
            await prisma_client.db.litellm_newtable.create(data={"name": name})

        @router.get("/constant")
        async def constant():
            return 1

        other = APIRouter()

        @other.post("/key/health")
        async def key_health():
            return await prisma_client.db.litellm_newtable.find_first()

        @other.post("/end_user/new")
        async def new_end_user(data):
            return await prisma_client.db.litellm_endusertable.create(data=data)
        """;

    private readonly ThrowAwayDirectory _checkout = new("hx-litellm-");

    public LiteLlmRoutesScriptTests()
    {
        string proxy = Path.Combine(_checkout.Path, "litellm", "proxy");
        Directory.CreateDirectory(proxy);
        File.WriteAllText(Path.Combine(proxy, "proxy_server.py"), Routers);
        File.WriteAllText(Path.Combine(_checkout.Path, "pyproject.toml"), "[tool.poetry]\nname = \"litellm\"\nversion = \"1.81.9\"\n");
    }

    public void Dispose() => _checkout.Dispose();

    [Fact]
    public async Task Checkout_is_compared_with_the_list()
    {
        (int code, string[] lines) = await RunAsync(_checkout.Path);

        Assert.Equal(1, code);
        Assert.Equal(
            [
                "new\tGET\t/brand_new/constant\tno\tno\t\tconstant",
                "new\tPOST\t/brand_new/{name:path}/write\twrite\tno\t\twrite",
                "contradicts\tPOST\t/key/health\tread\tno\tno\tkey_health",
            ],
            lines.Where(line => !line.StartsWith("gone\t", StringComparison.Ordinal)).Select(WithoutPlace)
        );
        // Every row of that version but for the two that are there.
        int rows = LiteLlmRoutes
            .All.Where(row => Version.Parse(row.Since) <= new Version(1, 81, 9) && row.Until.Length == 0)
            .Sum(row => GuardMethod.Format(row.Methods).Split(',').Length);
        Assert.Equal(rows - 2, lines.Count(line => line.StartsWith("gone\t", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task List_shows_every_route_of_the_checkout()
    {
        (_, string[] lines) = await RunAsync(_checkout.Path, "--list");

        Assert.Equal(
            [
                "route\tGET\t/brand_new/constant\tno\tno\t\tconstant",
                "route\tPOST\t/brand_new/{name:path}/write\twrite\tno\t\twrite",
                "route\tPOST\t/end_user/new\twrite\tno\twrite\tnew_end_user",
                "route\tPOST\t/key/health\tread\tno\tno\tkey_health",
            ],
            lines.Where(line => line.StartsWith("route\t", StringComparison.Ordinal)).Select(WithoutPlace)
        );
    }

    [Theory]
    [InlineData("", "--version", "one")]
    [InlineData("no-such-folder")]
    public async Task Wrong_arguments_are_misuse(string folder, params string[] more)
    {
        (int code, string[] lines) = await RunAsync([Path.Combine(_checkout.Path, folder), .. more]);

        Assert.Equal((2, 0), (code, lines.Length));
    }

    /// <summary>The file and the line are left out.</summary>
    private static string WithoutPlace(string line) => line[..(line.LastIndexOf('\t') + 1)] + line[(line.LastIndexOf(' ') + 1)..];

    private static async Task<(int Code, string[] Lines)> RunAsync(params string[] arguments)
    {
        ProcessStartInfo info = new(DebianPython.Program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["-IB", Path.Combine(Repository.Root, "eng", "litellm-routes"), .. arguments])
        {
            info.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(info)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(),
            error = process.StandardError.ReadToEndAsync();
        await Task.WhenAll(output, error, process.WaitForExitAsync());
        return (process.ExitCode, (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
