using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace HxFunctions.Tests.Bypass;

/// <summary>How LiteLLM's server reads a request target: uvicorn's parsers, then Starlette's routing. <c>starlette-observed.txt</c> has
/// what the real ones did.</summary>
internal sealed partial class StarletteModel
{
    private readonly Regex[] _routes;
    private readonly string _rootPath;

    /// <param name="templates">Routes in Starlette's notation.</param>
    /// <param name="rootPath">FastAPI's <c>root_path</c>, which LiteLLM sets to SERVER_ROOT_PATH; empty when there is none.</param>
    public StarletteModel(IEnumerable<string> templates, string rootPath)
    {
        _routes = [.. templates.Select(Compile)];
        _rootPath = rootPath;
    }

    /// <summary>Whether the target is routed when uvicorn parses it with h11.</summary>
    public bool RoutesByH11(string target) => Routes(PathByH11(target));

    /// <summary>Whether the target is routed when uvicorn parses it with httptools, its choice where that is installed.</summary>
    public bool RoutesByHttptools(string target) => PathByHttptools(target) is { } path && Routes(path);

    /// <summary>uvicorn/protocols/http/h11_impl.py: cut at the first question mark, taken as ASCII. Absolute form isn't reduced.</summary>
    private static string PathByH11(string target) => Unquote(target.Split('?')[0]);

    /// <summary>
    /// uvicorn/protocols/http/httptools_impl.py on http_parser_parse_url: origin form, or a scheme of letters with an authority; cut at a
    /// question mark or number sign. Null: 400. What an authority is made of isn't looked at: the real one answers 400 to some that pass
    /// here.
    /// </summary>
    private static string? PathByHttptools(string target)
    {
        Match match = Target().Match(target);
        return match.Success ? Unquote(match.Groups["path"].Value) : null;
    }

    /// <summary>Python's urllib.parse.unquote: escapes that are whole become bytes, broken ones stay; the bytes are UTF-8 with
    /// errors='replace'.</summary>
    private static string Unquote(string path)
    {
        List<byte> bytes = new(path.Length);
        for (int i = 0; i < path.Length; i++)
        {
            if (
                path[i] == '%'
                && i + 2 < path.Length
                && byte.TryParse(path.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value)
            )
            {
                bytes.Add(value);
                i += 2;
            }
            else
            {
                bytes.Add((byte)path[i]);
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private bool Routes(string path)
    {
        string route = RoutePath(path);
        return Array.Exists(_routes, regex => regex.IsMatch(route));
    }

    /// <summary>starlette/_utils.py, get_route_path: the root path goes when it is there, once, as it is written.</summary>
    private string RoutePath(string path)
    {
        if (_rootPath.Length == 0 || !path.StartsWith(_rootPath, StringComparison.Ordinal))
        {
            return path;
        }

        if (path.Length == _rootPath.Length)
        {
            return "";
        }

        return path[_rootPath.Length] == '/' ? path[_rootPath.Length..] : path;
    }

    /// <summary>starlette/routing.py, compile_path: a parameter is <c>[^/]+</c>, one with <c>:path</c> is <c>.*</c>; the end may have a
    /// line feed behind it. Case counts.</summary>
    private static Regex Compile(string template)
    {
        StringBuilder pattern = new("^");
        int at = 0;
        foreach (Match parameter in Parameter().Matches(template))
        {
            pattern
                .Append(Regex.Escape(template[at..parameter.Index]))
                .Append(parameter.Value.EndsWith(":path}", StringComparison.Ordinal) ? ".*" : "[^/]+");
            at = parameter.Index + parameter.Length;
        }

        return new Regex(pattern.Append(Regex.Escape(template[at..])).Append('$').ToString(), RegexOptions.CultureInvariant);
    }

    [GeneratedRegex(@"\{[a-zA-Z_][a-zA-Z0-9_]*(:[a-z]+)?\}")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\A([A-Za-z]+://[^/?#]+)?(?<path>[/*][^?#]*)?([?#]|\z)")]
    private static partial Regex Target();
}
