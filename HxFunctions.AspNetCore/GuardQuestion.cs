using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace HxFunctions.AspNetCore;

/// <summary>
/// Which request is meant: the method and the raw path, as the guard is told. With the guard's address, of which there is one, this is what
/// an answer is kept by.
/// </summary>
/// <param name="Method">As sent; empty for one that no header should hold, which the guard takes for a write.</param>
/// <param name="Path">As sent, without the query.</param>
internal readonly record struct GuardQuestion(string Method, string Path)
{
    /// <summary>
    /// The guard counts more than 8,192 characters as matching every rule (docs/guard.md), so that nothing is lost by not sending them. Nor
    /// would they fit for long: <c>hx serve</c>, like Kestrel by default, takes headers of 32 KiB together.
    /// </summary>
    public const int MaxPathLength = 8192;

    /// <summary>A broken escape, which the guard counts as matching every rule: for what can't be told.</summary>
    public const string Undecidable = "/%";

    /// <summary>Longer than any registered one (RFC 9110 section 16.1).</summary>
    private const int MaxMethodLength = 32;

    public static GuardQuestion Of(HttpContext context)
    {
        // Not the request's Path: that is decoded, with its dots resolved.
        string target = context.Features.Get<IHttpRequestFeature>()?.RawTarget is { Length: > 0 } raw
            ? raw
            : context.Request.PathBase.Add(context.Request.Path).ToUriComponent();
        return Of(context.Request.Method, target);
    }

    public static GuardQuestion Of(string method, string target) =>
        new(method.Length <= MaxMethodLength && CanBeTold(method) ? method : "", PathOf(target));

    /// <summary>Whether a header can hold it as it is: printable ASCII without spaces.</summary>
    public static bool CanBeTold(string text) => !text.AsSpan().ContainsAnyExceptInRange('!', '~');

    private static string PathOf(string target)
    {
        int query = target.IndexOf('?', StringComparison.Ordinal);
        string path = query < 0 ? target : target[..query];
        if (!IsPath(path))
        {
            return Undecidable;
        }

        if (path.Length <= MaxPathLength && !CanBeTold(path))
        {
            path = Escape(path);
        }

        return path.Length <= MaxPathLength ? path : Undecidable;
    }

    /// <summary>In origin or absolute form (RFC 9112 section 3.2). The guard refuses other targets, such as <c>*</c>.</summary>
    private static bool IsPath(string path) =>
        path.StartsWith('/')
        || path.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
        || path.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private static string Escape(string path)
    {
        StringBuilder escaped = new(path.Length + 16);
        foreach (byte one in Encoding.UTF8.GetBytes(path))
        {
            if (one is >= (byte)'!' and <= (byte)'~')
            {
                escaped.Append((char)one);
            }
            else
            {
                escaped.Append('%').Append(one.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return escaped.ToString();
    }
}
