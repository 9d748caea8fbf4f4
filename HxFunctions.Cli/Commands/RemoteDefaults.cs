using System.Diagnostics.CodeAnalysis;
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

    /// <summary>Reads the app that options or settings name, and the key that may be sent to it. A problem never repeats the URL.</summary>
    /// <param name="functions">The option with the app's URL; <see langword="null"/>: it was not given.</param>
    /// <param name="url">The option's URL, or the default.</param>
    /// <param name="keyOption">The name of the option that names the key's variable.</param>
    /// <param name="variable">That variable; <see langword="null"/>: the option was not given.</param>
    public static bool TryReadApp(
        string? functions,
        string url,
        string keyOption,
        string? variable,
        [NotNullWhen(true)] out RemoteTarget? app,
        [NotNullWhen(false)] out string? problem
    )
    {
        string? source = variable ?? (Text(Variables.RemoteKey) is null ? null : Variables.RemoteKey);
        string? why = source is null ? null : WhyNotSent(source, isNamed: variable is not null, functions);
        if (!RemoteTarget.TryRead(UrlSource(functions), "the app's", url, keyOption, why is null ? source : null, out app, out problem))
        {
            return false;
        }

        app = app with { WhyNoKey = why };
        return true;
    }

    /// <summary>
    /// Why a key stays here. A folder from elsewhere may bring a file that names its author's server: no key of the environment goes
    /// there, whatever variable holds it. And while both are set, <c>HX_KEY</c> belongs to <c>HX_URL</c> alone.
    /// </summary>
    /// <param name="isNamed">Whether an option names the variable.</param>
    /// <returns><see langword="null"/>: it is sent.</returns>
    private static string? WhyNotSent(string variable, bool isNamed, string? functions)
    {
        bool isApart = Settings.IsOfEnvironment(variable) && IsServerOfTheFolder;
        if (functions is null)
        {
            return isApart
                ? $"{variable} of the environment is not sent to a server that only {LocalSettings.FileName} names. Name the server with "
                    + "--functions."
                : null;
        }

        return !isNamed && !isApart && Url is { } url && !HasSameOrigin(url, functions)
            ? $"{Variables.RemoteKey} is only sent to the server of {Variables.RemoteUrl}. Name another variable with --key-env."
            : null;
    }

    /// <summary>Whether <c>local.settings.json</c> alone says which server is asked by default. This machine is nobody else's.</summary>
    private static bool IsServerOfTheFolder =>
        Url is not null
            ? !Settings.IsOfEnvironment(Variables.RemoteUrl)
            : !Settings.IsOfEnvironment(Variables.WrapperHost) && !new Uri(Settings.Load().Wrapper.LocalUrl).IsLoopback;

    private static bool HasSameOrigin(string one, string? other) =>
        Uri.TryCreate(one, UriKind.Absolute, out Uri? a)
        && Uri.TryCreate(other, UriKind.Absolute, out Uri? b)
        && a.GetLeftPart(UriPartial.Authority) == b.GetLeftPart(UriPartial.Authority);

    private static string? Text(string variable) => Settings.Variable(variable)?.Trim() is { Length: > 0 } text ? text : null;
}
