using HxFunctions.Core.Routing;
using HxFunctions.Tests.Bypass;
using HxFunctions.Tests.Routing;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>A real Starlette with LiteLLM's routes reads targets; what it routes to a guarded one, the guard closes.</summary>
public class StarletteTests
{
    private static readonly Version Read = new(1, 81, 9);

    /// <summary>The routes of one version. Literals come first, and what takes most comes last, so that each is reached.</summary>
    private static readonly LiteLlmRoute[] Rows =
    [
        .. LiteLlmRoutes
            .All.Where(row => Version.Parse(row.Since) <= Read && (row.Until.Length == 0 || Version.Parse(row.Until) >= Read))
            .OrderBy(row => row.Template.Contains(":path}", StringComparison.Ordinal))
            .ThenBy(row => row.Template.Count(c => c == '{'))
            .ThenByDescending(row => row.Template.Count(c => c == '/')),
    ];

    /// <summary>What Starlette, too, reads as something else.</summary>
    private static readonly string[] Values =
    [
        "%2f",
        "a%2fb",
        "%2f..",
        "..",
        ".",
        "%2e%2e",
        "",
        "a;b",
        ";",
        "%20",
        "+",
        "a%3fb",
        "a%3fb;c",
        "a%23b",
        "a:b",
        "a%5cb",
        "%0a",
        "a%00",
        "%ff",
        "%25",
        "%252f",
        "%2525",
        "zid1",
    ];

    /// <summary>What Starlette or uvicorn undoes.</summary>
    private static readonly Disguise[] Undone =
    [
        .. Disguises.All.Where(one =>
            one == Disguises.BasePath
            || one.Name
                is "some characters escaped"
                    or "every character escaped"
                    or "a query"
                    or "a fragment"
                    or "slashes escaped"
                    or "absolute form"
                    or "slashes repeated"
                    or "parameters"
        ),
    ];

    /// <summary>All rows as rules, guarded or not, so that each template is held against Starlette's reading of it.</summary>
    private static readonly RouteMatcher Each = new(
        [.. Rows.Select(row => new GuardRule(row.Template, row.Methods, ["x"]) { IsExact = true })],
        AdminRoutes.BasePath
    );

    [Theory]
    [InlineData("h11")]
    [InlineData("httptools")]
    public async Task What_Starlette_routes_is_matched_and_closed_where_it_is_guarded(string parser)
    {
        await using StarletteServer server = await StarletteServer.StartAsync(
            Rows.Select(row => $"{GuardMethod.Format(row.Methods)}\t{row.Template}"),
            parser
        );
        int routed = 0,
            odd = 0,
            exempt = 0;
        // Every row as it is; then in disguises.
        for (int i = 0; i < Math.Max(Rows.Length, Disguised.Cases(16_000)); i++)
        {
            Disguised disguised = Disguise(i);
            string target = disguised.Path;
            // A space, tab or line end is the end of the target, and what is longer than uvicorn's buffer is no target.
            if (target.AsSpan().ContainsAny(" \t\r\n") || target.Length is 0 or > 32 * 1024)
            {
                continue;
            }

            string[] methods = GuardMethod.Format(Rows[i % Rows.Length].Methods).Split(',');
            string method = i % 5 == 4 && methods[0] == "GET" ? "HEAD" : methods[i % methods.Length];
            (int status, int number) = await server.SendAsync(method, target);
            if (status != StarletteServer.Routed)
            {
                Assert.True(i >= Rows.Length, $"{status} for {method} {disguised}");
                continue;
            }

            routed++;
            odd += target == disguised.Route ? 0 : 1;
            exempt += AssertGuarded(method, target, number, disguised) ? 1 : 0;
        }

        Assert.True(routed > 3000 && odd > 2000 && exempt >= 8, $"{routed} routed, {odd} of them in another spelling, {exempt} exempt");
    }

    private static Disguised Disguise(int i)
    {
        string template = Rows[i % Rows.Length].Template;
        if (i < Rows.Length)
        {
            return new(ListedRoutes.Sample(template), [], i);
        }

        Random random = new(i);
        Disguise[] from = random.Next(3) == 0 ? Disguises.All : Undone;
        string route =
            random.Next(2) == 0 ? ListedRoutes.Sample(template) : StarletteRoute.Fill(template, _ => Values[random.Next(Values.Length)]);
        return new(route, [.. Enumerable.Range(0, random.Next(3)).Select(_ => from[random.Next(from.Length)])], i);
    }

    /// <returns>Whether it is open for an exemption's sake.</returns>
    private static bool AssertGuarded(string method, string target, int number, Disguised disguised)
    {
        Span<ulong> matched = stackalloc ulong[Each.WordCount];
        Each.TryMatch(target, GuardMethods.Other, matched);
        Assert.True(
            (matched[number >> 6] & (1UL << number)) != 0,
            $"{method} {disguised} is not matched and reaches {Rows[number].Template}"
        );

        if (ListedRoutes.IsGuarded(target, GuardMethod.Parse(method)))
        {
            return false;
        }

        RouteDecision decision = Rows[number].Decision;
        Assert.True(decision != RouteDecision.Guarded, $"{method} {disguised} is open and reaches {Rows[number].Template}");
        // A method that nobody knows is exempt from nothing.
        bool isExempt = ListedRoutes.Rules(target).Any(rule => rule.Applies(GuardMethod.Parse(method)));
        Assert.True(!isExempt || decision == RouteDecision.Exempt, $"{method} {disguised} is exempt and reaches {Rows[number].Template}");
        return isExempt;
    }
}
