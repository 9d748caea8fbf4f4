using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HxFunctions.Hosting;

/// <summary>Keeps ASP.NET Core's records about requests out of every log and every exporter, whatever the configuration says.</summary>
/// <remarks>
/// Those records hold the request's target, and with it a caller's key (<c>?code=</c>) and users' paths. While
/// <c>Microsoft.AspNetCore.Hosting.Diagnostics</c> may not log, the server also makes no activity and no logging scope for a request.
/// </remarks>
internal sealed class RequestLogFilter : IPostConfigureOptions<LoggerFilterOptions>
{
    private const string Framework = "Microsoft.AspNetCore";
    private const string Requests = "Microsoft.AspNetCore.Hosting.Diagnostics";

    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        // For what no other rule is about. Of rules that fit equally the last one counts, so this is the first.
        options.Rules.Insert(0, new LoggerFilterRule(null, null, options.MinLevel, null));
        for (int i = 0; i < options.Rules.Count; i++)
        {
            LoggerFilterRule rule = options.Rules[i];
            options.Rules[i] = new LoggerFilterRule(
                rule.ProviderName,
                rule.CategoryName,
                rule.LogLevel,
                (provider, category, level) => MayLog(category, level) && rule.Filter?.Invoke(provider, category, level) != false
            );
        }
    }

    private static bool MayLog(string? category, LogLevel level) =>
        category?.StartsWith(Framework, StringComparison.OrdinalIgnoreCase) != true
        || (level >= LogLevel.Warning && !category.StartsWith(Requests, StringComparison.OrdinalIgnoreCase));
}
