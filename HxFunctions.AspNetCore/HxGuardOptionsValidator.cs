using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HxFunctions.AspNetCore;

/// <summary>Everything that is wrong with the options, at once. Each problem names the setting and what is wrong, never the
/// value.</summary>
internal sealed class HxGuardOptionsValidator(IHostEnvironment environment) : IValidateOptions<HxGuardOptions>
{
    private static readonly TimeSpan MinTimeout = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromSeconds(60);
    private const int MinKeptAnswers = 100;
    private const int MaxKeptAnswers = 1_000_000;

    public ValidateOptionsResult Validate(string? name, HxGuardOptions options)
    {
        List<string> problems = [];
        if (string.IsNullOrWhiteSpace(options.Url))
        {
            problems.Add("HxGuard: Url is missing: the guard's base URL, such as http://127.0.0.1:8001");
        }
        else if (
            !Uri.TryCreate(options.Url, UriKind.Absolute, out Uri? url)
            || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
            || url.Query.Length + url.Fragment.Length + url.UserInfo.Length > 0
        )
        {
            problems.Add("HxGuard: Url must be an http or https URL without user, query and fragment");
        }

        if (options.Key is not null && options.Key.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            problems.Add("HxGuard: Key must be printable ASCII without spaces");
        }

        if (options.Timeout < MinTimeout || options.Timeout > MaxTimeout)
        {
            problems.Add("HxGuard: Timeout must be from 0.1 to 60 seconds");
        }

        if (options.KeptAnswers is not (0 or (>= MinKeptAnswers and <= MaxKeptAnswers)))
        {
            problems.Add("HxGuard: KeptAnswers must be 0, or from 100 to 1,000,000");
        }

        GuardAllowlist.Read(options, environment.ContentRootPath, problems);
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
