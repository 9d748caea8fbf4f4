using System.Diagnostics.CodeAnalysis;
using HxFunctions.Core.Configuration;

namespace HxFunctions.Cli.Commands;

/// <summary>A server that an option names, and the key for it.</summary>
/// <param name="Base">Ends with a slash.</param>
/// <param name="Key"><see langword="null"/>: none was given, or it is not for this server.</param>
internal sealed record RemoteTarget(Uri Base, string? Key)
{
    /// <summary>Why a key that was given is not sent there, as a sentence; <see langword="null"/>: it is, or there is none.</summary>
    public string? WhyNoKey { get; init; }

    /// <summary>Checks a base URL. A problem never repeats it.</summary>
    /// <param name="option">The option that holds the URL.</param>
    /// <param name="whose">Whose URL it is, in words.</param>
    /// <param name="keyOption">The option that names its key's variable.</param>
    public static bool TryRead(
        string option,
        string whose,
        string? url,
        string keyOption,
        string? variable,
        [NotNullWhen(true)] out RemoteTarget? target,
        [NotNullWhen(false)] out string? problem
    )
    {
        target = null;
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
        {
            problem = $"{option} must be an http or https URL.";
            return false;
        }

        // What a portal copies is often a URL with its key and all.
        if (address.Query.Length + address.Fragment.Length + address.UserInfo.Length > 0)
        {
            problem = $"{option} must be only {whose} base URL. Put the key into an environment variable, and name it with {keyOption}.";
            return false;
        }

        if (!TryReadKey(keyOption, variable, out string? key, out problem))
        {
            return false;
        }

        target = new(new(address.AbsoluteUri.TrimEnd('/') + "/"), key);
        return true;
    }

    /// <summary>Reads the key from the variable that an option names; none named is none.</summary>
    public static bool TryReadKey(string option, string? variable, out string? key, [NotNullWhen(false)] out string? problem)
    {
        key = variable is null ? null : Settings.Variable(variable);
        bool missing = variable is not null && string.IsNullOrEmpty(key);
        // Such a one would fail in the middle of a request, with the key in the exception's text.
        bool unsendable = key is not null && key.AsSpan().ContainsAnyExceptInRange('!', '~');
        problem =
            missing ? $"the environment variable that {option} names is not set or empty."
            : unsendable
                ? $"{(variable == Variables.RemoteKey ? variable : $"the environment variable that {option} names")} holds a space, a line "
                    + "break or another character that no key can have."
            : null;
        return problem is null;
    }
}
