using HxFunctions.Core.Routing;

namespace HxFunctions.Cli.Gateways;

/// <summary>A way to write a path otherwise that some server reads as the path.</summary>
/// <param name="Name">What is done to the path.</param>
/// <param name="UndoneBy">A server that reads it so, or the rule that lets it.</param>
/// <param name="Apply">Writes a path so. The same dice give the same text.</param>
internal sealed record PathDisguise(string Name, string UndoneBy, Func<string, Random, string> Apply);

/// <summary>All ways to write a path otherwise that a server is known to undo. Each can be put on top of any other.</summary>
internal static class PathDisguises
{
    public const string BasePathInFront = "a base path in front";

    /// <param name="basePath">What a server may be mounted at: GUARD_BASE_PATH; empty: nothing.</param>
    /// <param name="authority">Host and port, for targets that begin with them.</param>
    public static IReadOnlyList<PathDisguise> All(string basePath, string authority) =>
        [
            new(
                "some characters escaped",
                "every server; RFC 3986 section 2.1",
                (path, random) => DisguiseWriting.Escape(path, _ => random.Next(3) == 0)
            ),
            new("every character escaped", "every server; RFC 3986 section 2.1", (path, _) => DisguiseWriting.Escape(path, _ => true)),
            new(
                "slashes escaped",
                "API Management, Tomcat with EncodedSolidusHandling=decode, Envoy's UNESCAPE_AND_FORWARD",
                (path, _) => DisguiseWriting.Escape(path, c => c == '/')
            ),
            new(
                "two-byte overlong UTF-8",
                "IIS 5 (CVE-2000-0884), Tomcat on old Java (CVE-2008-2938)",
                (path, random) => DisguiseWriting.Overlong(path, random, 2)
            ),
            new(
                "three-byte overlong UTF-8",
                "IIS 5 (CVE-2000-0884), Tomcat on old Java (CVE-2008-2938)",
                (path, random) => DisguiseWriting.Overlong(path, random, 3)
            ),
            new(
                "four-byte overlong UTF-8",
                "lenient UTF-8 readers; RFC 3629 section 10",
                (path, random) => DisguiseWriting.Overlong(path, random, 4)
            ),
            new(
                "full-width characters",
                "IIS best-fit mapping, anything that applies NFKC; Unicode UTR 36 section 2",
                (path, random) => DisguiseWriting.Change(path, random, c => c is > ' ' and <= '~', c => (char)(c + 0xFEE0))
            ),
            new("full-width slashes", "anything that applies NFKC; Unicode UTR 36 section 2", (path, _) => path.Replace('/', '\uFF0F')),
            new(
                "look-alike k and s",
                "case folding before comparing: .NET's and Java's ToUpper",
                (path, _) => path.Replace('k', '\u212A').Replace('s', '\u017F')
            ),
            new("ignorable characters", "NFKC_Casefold, ICU's identifiers; Unicode UAX 31", DisguiseWriting.Ignorable),
            new(
                "upper case",
                "IIS, ASP.NET Core's and API Management's routing",
                (path, random) => DisguiseWriting.Change(path, random, char.IsAsciiLetterLower, char.ToUpperInvariant)
            ),
            new(
                "backslashes",
                "IIS, http.sys, the WHATWG URL standard",
                (path, random) => DisguiseWriting.Change(path, random, c => c == '/', _ => '\\')
            ),
            new(
                "slashes repeated",
                "nginx merge_slashes, Apache MergeSlashes, Envoy merge_slashes",
                (path, random) => DisguiseWriting.AtSlash(path, random, "/")
            ),
            new("single dots", "every server; RFC 3986 section 5.2.4", (path, random) => DisguiseWriting.AtSlash(path, random, "/.")),
            new("a detour", "every server; RFC 3986 section 5.2.4", (path, random) => DisguiseWriting.AtSlash(path, random, "/zq/..")),
            new(
                "a long detour",
                "every server; RFC 3986 section 5.2.4",
                (path, random) => DisguiseWriting.AtSlash(path, random, "/zq/y/x/../../..")
            ),
            new("dots above the root", "every server; RFC 3986 section 5.4.2", (path, _) => "/../.." + DisguiseWriting.AddSlash(path)),
            new(
                "a model's path in front",
                "every server; RFC 3986 section 5.2.4",
                (path, _) => "/v1/models/gpt-4o/../../.." + DisguiseWriting.AddSlash(path)
            ),
            new(
                "parameters",
                "Tomcat, Jetty; RFC 3986 section 3.3",
                (path, random) => DisguiseWriting.AtSlash(path, random, ";jsessionid=1")
            ),
            new(
                "a detour with parameters",
                "Tomcat behind a proxy that leaves ..; alone",
                (path, random) => DisguiseWriting.AtSlash(path, random, "/zq/..;p")
            ),
            new(
                "dots and spaces at the end",
                "Windows file names: IIS",
                (path, random) => path + new string('.', random.Next(1, 4)) + (random.Next(2) == 0 ? " " : "")
            ),
            new("dots at the end of a segment", "Windows file names: IIS", (path, random) => DisguiseWriting.AtSlash(path, random, ".")),
            new(
                "a space in front of a segment",
                "servers that trim each segment; a plus is a space in form decoding",
                (path, random) => DisguiseWriting.InFront(path, random, random.Next(2) == 0 ? "+" : " ")
            ),
            new("a plus at the end", "form decoding of paths: PHP's urldecode", (path, _) => path + "+"),
            new("a slash at the end", "Starlette's redirect_slashes, ASP.NET Core's and API Management's routing", (path, _) => path + "/"),
            new("a query", "every server; RFC 3986 section 3.4", (path, _) => path + "?model=gpt-4o&x=/../.."),
            new("a fragment", "httptools and llhttp, which uvicorn uses; RFC 3986 section 3.5", (path, _) => path + "#/../x"),
            new(
                "absolute form",
                "every server; RFC 9112 section 3.2.2",
                (path, random) => DisguiseWriting.Scheme(random) + "//" + authority + DisguiseWriting.AddSlash(path)
            ),
            new(
                "an authority alone",
                "the WHATWG URL standard: Node's new URL(target, base)",
                (path, _) => "//" + authority + DisguiseWriting.AddSlash(path)
            ),
            new("no slash in front", "uvicorn with h11; servers that add it", (path, _) => path.StartsWith('/') ? path[1..] : path),
            .. RouteMatcher.SplitBasePath(basePath).Select(BasePath),
            new("a NUL and more behind it", "C strings", (path, _) => path + "%00.html"),
            new(
                "tabs and line ends escaped",
                "the WHATWG URL standard and Python's urllib.parse drop them",
                (path, random) => DisguiseWriting.AtSlash(path, random, random.Next(2) == 0 ? "%09" : "%0d%0a")
            ),
            new(
                "tabs and line ends",
                "the WHATWG URL standard and Python's urllib.parse drop them",
                (path, random) => DisguiseWriting.AtSlash(path, random, random.Next(2) == 0 ? "\t" : "\r\n")
            ),
            new(
                "%u escapes",
                "IIS, ASP's unescape",
                (path, random) => DisguiseWriting.Rewrite(path, c => random.Next(4) == 0, c => $"%u{(int)c:x4}")
            ),
            new(
                "bytes that are no UTF-8",
                "servers that drop what they can't decode: Python's errors=ignore",
                (path, random) => DisguiseWriting.AtSlash(path, random, "%ff")
            ),
            new(
                "more than 8,192 characters",
                "every server without a limit; RFC 3986 section 5.2.4",
                (path, _) => string.Concat(Enumerable.Repeat("/.", 4200)) + DisguiseWriting.AddSlash(path)
            ),
        ];

    private static PathDisguise BasePath(string basePath) =>
        new(BasePathInFront, "SERVER_ROOT_PATH, UsePathBase, an API's URL suffix", (path, _) => basePath + DisguiseWriting.AddSlash(path));
}
