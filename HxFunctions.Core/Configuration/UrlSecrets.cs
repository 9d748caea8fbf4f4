using System.Text.RegularExpressions;

namespace HxFunctions.Core.Configuration;

/// <summary>What of a URL may be a credential: a user name and a password, and the values of parameters that are named like keys.</summary>
internal static partial class UrlSecrets
{
    /// <summary>Whether a parameter of this name carries a key: <c>code</c> is the Functions host's, <c>subscription-key</c> API
    /// Management's, <c>sig</c> Azure Storage's, <c>X-Amz-Signature</c> S3's.</summary>
    public static bool IsKeyParameter(string name) => KeyParameter().IsMatch(name);

    /// <summary>Whether a URL has such a parameter, in its query or in its fragment.</summary>
    public static bool HasKeyParameter(Uri url) =>
        $"{url.Query.TrimStart('?')}&{url.Fragment.TrimStart('#')}"
            .Split(['&', ';', '?', '/'])
            .Any(pair => IsKeyParameter(Uri.UnescapeDataString(pair.Split('=')[0])) && pair.Contains('=', StringComparison.Ordinal));

    /// <summary>A text with what may be a credential of the URLs in it as <c>***</c>. Only what follows a question mark, an ampersand or a
    /// hash is a parameter: <c>/key=redis</c> is a rule.</summary>
    public static string Mask(string text) =>
        Parameter()
            .Replace(
                UserInfo().Replace(text, "://***@"),
                match => IsKeyParameter(Uri.UnescapeDataString(match.Groups["name"].Value)) ? $"{match.Groups["head"]}***" : match.Value
            );

    [GeneratedRegex(
        "key|token|secret|passw|pwd|signature|auth|credential|jwt|^(?:code|sig|sas|pass|otp|pin)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex KeyParameter();

    // To the last @ of a word: a password may have one.
    [GeneratedRegex(@"://[^\s;]*@", RegexOptions.CultureInvariant)]
    private static partial Regex UserInfo();

    [GeneratedRegex(@"(?<head>[?&#](?<name>[^=&#?/\s;]+)=)(?<value>[^&#\s;]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Parameter();
}
