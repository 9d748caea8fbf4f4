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
    /// The variable that holds the key: the option's, or <c>HX_KEY</c> when it is set. While both are set, <c>HX_KEY</c> belongs to
    /// <c>HX_URL</c>, and no other server is ever sent it.
    /// </summary>
    /// <param name="option">The option that names the variable; <see langword="null"/>: it was not given.</param>
    /// <param name="functions">The option with the app's URL; <see langword="null"/>: it was not given.</param>
    public static string? KeyVariable(string? option, string? functions)
    {
        if (option is not null || Text(Variables.RemoteKey) is null)
        {
            return option;
        }

        bool isMeant = IsUrlOfTheFolder ? functions is not null : functions is null || Url is null || HasSameOrigin(Url, functions);
        return isMeant ? Variables.RemoteKey : null;
    }

    /// <summary>Why a key that is set is not sent; <see langword="null"/>: none is set.</summary>
    public static string? WhyNotSent =>
        Url is null || Text(Variables.RemoteKey) is null ? null
        : IsUrlOfTheFolder
            ? $"{Variables.RemoteKey} of the environment is not sent to a server that only {LocalSettings.FileName} names. Name the server "
                + "with --functions."
        : $"{Variables.RemoteKey} is only sent to the server of {Variables.RemoteUrl}. Name another variable with --key-env.";

    /// <summary>A key of the environment, and the URL of a file that came with the folder, whoever wrote it.</summary>
    private static bool IsUrlOfTheFolder =>
        Environment.GetEnvironmentVariable(Variables.RemoteUrl) is null
        && Url is not null
        && Environment.GetEnvironmentVariable(Variables.RemoteKey) is not null;

    private static bool HasSameOrigin(string one, string? other) =>
        Uri.TryCreate(one, UriKind.Absolute, out Uri? a)
        && Uri.TryCreate(other, UriKind.Absolute, out Uri? b)
        && a.GetLeftPart(UriPartial.Authority) == b.GetLeftPart(UriPartial.Authority);

    private static string? Text(string variable) => Settings.Variable(variable)?.Trim() is { Length: > 0 } text ? text : null;
}
