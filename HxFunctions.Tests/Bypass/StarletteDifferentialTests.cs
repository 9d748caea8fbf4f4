using FsCheck.Fluent;

namespace HxFunctions.Tests.Bypass;

/// <summary>What LiteLLM's server reads as an admin route is guarded.</summary>
public class StarletteDifferentialTests
{
    /// <summary>The routes of the server that the file was recorded from.</summary>
    private static readonly string[] Observed =
    [
        "/v1/keys",
        "/v1/keys/{id}",
        "/key/generate",
        "/key/{key_id}/regenerate",
        "/team/new",
        "/credentials/by_name/{credential_name:path}",
        "/global/spend/report",
        "/model/new",
        "/user/info",
    ];

    private static readonly StarletteModel Plain = new(Observed, ""),
        Mounted = new(Observed, AdminRoutes.BasePath);

    /// <summary>A line has a target and what h11, h11 under /api, httptools and httptools under /api answered: 299 is an admin
    /// route's.</summary>
    /// <remarks><c>HX_STARLETTE_OBSERVED=FILE</c> holds the model against a longer one.</remarks>
    private static IEnumerable<(string Target, int[] Statuses)> Lines() =>
        File.ReadLines(
                Environment.GetEnvironmentVariable("HX_STARLETTE_OBSERVED") is { Length: > 0 } file
                    ? file
                    : Path.Combine(Repository.Root, "HxFunctions.Tests", "Bypass", "starlette-observed.txt")
            )
            .Where(line => !line.StartsWith("# ", StringComparison.Ordinal))
            .Select(line => line.Split('\t'))
            .Select(parts => (parts[0], parts[1..].Select(int.Parse).ToArray()));

    [Fact]
    public void Model_reads_targets_as_the_real_server_did()
    {
        List<string> wrong = [];
        foreach ((string target, int[] statuses) in Lines())
        {
            bool[] model =
            [
                Plain.RoutesByH11(target),
                Mounted.RoutesByH11(target),
                Plain.RoutesByHttptools(target),
                Mounted.RoutesByHttptools(target),
            ];
            if (!model.SequenceEqual(statuses.Select(status => status == 299)))
            {
                wrong.Add($"{target}: {string.Join(' ', statuses)}, model {string.Join(' ', model)}");
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count}:\n{string.Join('\n', wrong.Take(40))}");
    }

    [Fact]
    public void Target_that_the_real_server_routed_to_an_admin_route_is_guarded()
    {
        int routed = 0;
        foreach ((string target, int[] statuses) in Lines())
        {
            if (!statuses.Contains(299))
            {
                continue;
            }

            routed++;
            Assert.True(AdminRoutes.IsGuarded(target), target);
        }

        Assert.True(routed > 50, $"{routed}");
    }

    [Fact]
    public void Target_that_the_model_routes_to_an_admin_route_is_guarded()
    {
        StarletteModel[] models = [new(AdminRoutes.Paths, ""), new(AdminRoutes.Paths, AdminRoutes.BasePath), Plain, Mounted];
        int routed = 0;
        int cases = Disguised.Cases(10_000);
        foreach (Disguised disguised in Disguised.Any.Generator.Sample(cases))
        {
            // uvicorn takes the target as ASCII and refuses anything else.
            if (disguised.Path.AsSpan().ContainsAnyExceptInRange('!', '~'))
            {
                continue;
            }

            if (!models.Any(model => model.RoutesByH11(disguised.Path) || model.RoutesByHttptools(disguised.Path)))
            {
                continue;
            }

            routed++;
            Assert.True(AdminRoutes.IsGuarded(disguised.Path), disguised.ToString());
        }

        Assert.True(routed > cases * 0.1, $"{routed} of {cases} were routed");
    }
}
