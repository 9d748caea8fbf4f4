using HxFunctions.Core.Configuration;

namespace HxFunctions.Cli.Commands;

/// <summary>The settings' default for a running app and its key: <c>HX_URL</c> and <c>HX_KEY</c>, from the environment or
/// <c>local.settings.json</c>.</summary>
internal static class RemoteDefaults
{
    /// <summary>The app's URL; <see langword="null"/>: not set.</summary>
    public static string? Url => Text(Variables.RemoteUrl);

    /// <summary>What the app's URL comes from, for a message: the option, or the variable.</summary>
    /// <param name="option">The option's value; <see langword="null"/>: it was not given.</param>
    public static string UrlSource(string? option) => option is null && Url is not null ? Variables.RemoteUrl : "--functions";

    /// <summary>
    /// The variable that holds the key for this URL: the option's, or <c>HX_KEY</c> when it is set. While both are set, <c>HX_KEY</c>
    /// belongs to <c>HX_URL</c>, and no other server is ever sent it.
    /// </summary>
    public static string? KeyVariable(string? option, string? url)
    {
        if (option is not null || Text(Variables.RemoteKey) is null)
        {
            return option;
        }

        return Url is null || HasSameOrigin(Url, url) ? Variables.RemoteKey : null;
    }

    /// <summary>Whether there is a key, but for the server of <c>HX_URL</c>.</summary>
    public static bool IsKeyForAnother => Url is not null && Text(Variables.RemoteKey) is not null;

    private static bool HasSameOrigin(string one, string? other) =>
        Uri.TryCreate(one, UriKind.Absolute, out Uri? a)
        && Uri.TryCreate(other, UriKind.Absolute, out Uri? b)
        && a.GetLeftPart(UriPartial.Authority) == b.GetLeftPart(UriPartial.Authority);

    private static string? Text(string variable) => Settings.Variable(variable)?.Trim() is { Length: > 0 } text ? text : null;
}
