using HxFunctions.Core.Routing;
using HxFunctions.Tests.Routing;

namespace HxFunctions.Tests.Bypass;

/// <summary>Paths that are closed when what they need is down: the old wrapper's, and what LiteLLM's <c>LiteLLMRoutes</c> (proxy/_types.py)
/// has under the default prefixes.</summary>
internal static class AdminRoutes
{
    public const string BasePath = "/api";

    public static readonly RouteMatcher Matcher = new(DefaultRules.Prefixes, BasePath);

    public static readonly string[] Paths =
    [
        "/v1/keys",
        "/v1/keys/abc",
        "/v1/api_keys",
        "/v1/teams/t1/members",
        "/v1/users",
        "/v1/tenants/x",
        "/key/generate",
        "/key/update",
        "/key/delete",
        "/key/info",
        "/key/list",
        "/key/aliases",
        "/key/health",
        "/key/block",
        "/key/bulk_update",
        "/key/service-account/generate",
        "/key/sk-1/regenerate",
        "/key/sk-1/reset_spend",
        "/v2/key/info",
        "/user/new",
        "/user/delete",
        "/user/info",
        "/user/list",
        "/user/daily/activity/aggregated",
        "/user/filter/ui",
        "/v2/user/info",
        "/team/new",
        "/team/delete",
        "/team/member_add",
        "/team/permissions_update",
        "/team/daily/activity",
        "/team/t1/model/add",
        "/v2/team/list",
        "/organization/member_add",
        "/organization/info",
        "/customer/new",
        "/budget/new",
        "/invitation/new",
        "/credentials",
        "/credentials/by_name/a/b",
        "/config/update",
        "/config/yaml",
        "/spend/logs/session/ui",
        "/spend/calculate",
        "/global/spend/report",
        "/global/predict/spend/logs",
        "/global/activity/cache_hits",
        "/jwt/key/mapping/new",
        "/model/new",
        "/model/update",
        "/model/delete",
    ];

    /// <summary>Whether any rule has this reading, with or without the base path.</summary>
    public static bool IsGuardedReading(string reading) =>
        DefaultRules.Prefixes.Any(rule => Readings.IsUnder(reading, rule.Route) || Readings.IsUnder(reading, BasePath + rule.Route));

    public static bool IsGuarded(string path)
    {
        Span<ulong> matched = stackalloc ulong[Matcher.WordCount];
        Matcher.TryMatch(path, matched);
        return matched.ContainsAnyExcept(0ul);
    }
}
