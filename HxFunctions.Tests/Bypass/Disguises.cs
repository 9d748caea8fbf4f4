using System.Globalization;
using System.Text;

namespace HxFunctions.Tests.Bypass;

/// <summary>All ways to write a path otherwise that a server is known to undo.</summary>
internal static class Disguises
{
    public static readonly Disguise BasePath = new(
        "a base path in front",
        "SERVER_ROOT_PATH, UsePathBase, an API's URL suffix",
        (path, _) => AdminRoutes.BasePath + LenientServers.AddSlash(path),
        path => path.StartsWith(AdminRoutes.BasePath + "/", StringComparison.OrdinalIgnoreCase) ? path[AdminRoutes.BasePath.Length..] : path
    );

    /// <summary>Each can be put on top of any other.</summary>
    public static readonly Disguise[] All =
    [
        new(
            "some characters escaped",
            "every server; RFC 3986 section 2.1",
            (path, random) => Escape(path, _ => random.Next(3) == 0),
            LenientServers.Decode
        ),
        new("every character escaped", "every server; RFC 3986 section 2.1", (path, _) => Escape(path, _ => true), LenientServers.Decode),
        new(
            "slashes escaped",
            "API Management, Tomcat with EncodedSolidusHandling=decode, Envoy's UNESCAPE_AND_FORWARD",
            (path, _) => Escape(path, c => c == '/'),
            LenientServers.Decode
        ),
        new(
            "two-byte overlong UTF-8",
            "IIS 5 (CVE-2000-0884), Tomcat on old Java (CVE-2008-2938)",
            (path, random) => Overlong(path, random, 2),
            LenientServers.Decode
        ),
        new(
            "three-byte overlong UTF-8",
            "IIS 5 (CVE-2000-0884), Tomcat on old Java (CVE-2008-2938)",
            (path, random) => Overlong(path, random, 3),
            LenientServers.Decode
        ),
        new(
            "four-byte overlong UTF-8",
            "lenient UTF-8 readers; RFC 3629 section 10",
            (path, random) => Overlong(path, random, 4),
            LenientServers.Decode
        ),
        new(
            "full-width characters",
            "IIS best-fit mapping, anything that applies NFKC; Unicode UTR 36 section 2",
            (path, random) => Change(path, random, c => c is > ' ' and <= '~', c => (char)(c + 0xFEE0)),
            LenientServers.Fold
        ),
        new(
            "full-width slashes",
            "anything that applies NFKC; Unicode UTR 36 section 2",
            (path, _) => path.Replace('/', '\uFF0F'),
            LenientServers.Fold
        ),
        new(
            "look-alike k and s",
            "case folding before comparing: .NET's and Java's ToUpper",
            (path, _) => path.Replace('k', '\u212A').Replace('s', '\u017F'),
            LenientServers.Fold
        ),
        new("ignorable characters", "NFKC_Casefold, ICU's identifiers; Unicode UAX 31", Ignorable, LenientServers.Fold),
        new(
            "upper case",
            "IIS, ASP.NET Core's and API Management's routing",
            (path, random) => Change(path, random, char.IsAsciiLetterLower, char.ToUpperInvariant),
            LenientServers.LowerCase
        ),
        new(
            "backslashes",
            "IIS, http.sys, the WHATWG URL standard",
            (path, random) => Change(path, random, c => c == '/', _ => '\\'),
            LenientServers.BackslashesAsSlashes
        ),
        new(
            "slashes repeated",
            "nginx merge_slashes, Apache MergeSlashes, Envoy merge_slashes",
            (path, random) => AtSlash(path, random, "/"),
            LenientServers.MergeSlashes
        ),
        new(
            "single dots",
            "every server; RFC 3986 section 5.2.4",
            (path, random) => AtSlash(path, random, "/."),
            LenientServers.ResolveDots
        ),
        new(
            "a detour",
            "every server; RFC 3986 section 5.2.4",
            (path, random) => AtSlash(path, random, "/zq/.."),
            LenientServers.ResolveDots
        ),
        new(
            "a long detour",
            "every server; RFC 3986 section 5.2.4",
            (path, random) => AtSlash(path, random, "/zq/y/x/../../.."),
            LenientServers.ResolveDots
        ),
        new(
            "dots above the root",
            "every server; RFC 3986 section 5.4.2",
            (path, _) => "/../.." + LenientServers.AddSlash(path),
            LenientServers.ResolveDots
        ),
        new(
            "a model's path in front",
            "every server; RFC 3986 section 5.2.4",
            (path, _) => "/v1/models/gpt-4o/../../.." + LenientServers.AddSlash(path),
            LenientServers.ResolveDots
        ),
        new(
            "parameters",
            "Tomcat, Jetty; RFC 3986 section 3.3",
            (path, random) => AtSlash(path, random, ";jsessionid=1"),
            LenientServers.DropParameters
        ),
        new(
            "a detour with parameters",
            "Tomcat behind a proxy that leaves ..; alone",
            (path, random) => AtSlash(path, random, "/zq/..;p"),
            path => LenientServers.ResolveDots(LenientServers.DropParameters(path))
        ),
        new(
            "dots and spaces at the end",
            "Windows file names: IIS",
            (path, random) => path + new string('.', random.Next(1, 4)) + (random.Next(2) == 0 ? " " : ""),
            LenientServers.TrimSegments
        ),
        new(
            "dots at the end of a segment",
            "Windows file names: IIS",
            (path, random) => AtSlash(path, random, "."),
            LenientServers.TrimSegments
        ),
        new(
            "a space in front of a segment",
            "servers that trim each segment; a plus is a space in form decoding",
            (path, random) => InFront(path, random, random.Next(2) == 0 ? "+" : " "),
            LenientServers.TrimFronts
        ),
        new("a plus at the end", "form decoding of paths: PHP's urldecode", (path, _) => path + "+", LenientServers.PlusAsSpace),
        new(
            "a slash at the end",
            "Starlette's redirect_slashes, ASP.NET Core's and API Management's routing",
            (path, _) => path + "/",
            LenientServers.TrimSlash
        ),
        new("a query", "every server; RFC 3986 section 3.4", (path, _) => path + "?model=gpt-4o&x=/../..", LenientServers.CutQuery),
        new(
            "a fragment",
            "httptools and llhttp, which uvicorn uses; RFC 3986 section 3.5",
            (path, _) => path + "#/../x",
            LenientServers.CutFragment
        ),
        new(
            "absolute form",
            "every server; RFC 9112 section 3.2.2",
            (path, random) => Scheme(random) + "//gateway.example:8443" + LenientServers.AddSlash(path),
            LenientServers.ReduceAbsolute
        ),
        new(
            "an authority alone",
            "the WHATWG URL standard: Node's new URL(target, base)",
            (path, _) => "//gateway.example" + LenientServers.AddSlash(path),
            LenientServers.ReduceAbsolute
        ),
        new(
            "no slash in front",
            "uvicorn with h11; servers that add it",
            (path, _) => path.StartsWith('/') ? path[1..] : path,
            LenientServers.AddSlash
        ),
        BasePath,
        new("a NUL and more behind it", "C strings", (path, _) => path + "%00.html", path => path.Split("%00")[0]),
        new(
            "tabs and line ends escaped",
            "the WHATWG URL standard and Python's urllib.parse drop them",
            (path, random) => AtSlash(path, random, random.Next(2) == 0 ? "%09" : "%0d%0a"),
            DropControls
        ),
        new(
            "tabs and line ends",
            "the WHATWG URL standard and Python's urllib.parse drop them",
            (path, random) => AtSlash(path, random, random.Next(2) == 0 ? "\t" : "\r\n"),
            DropControls
        ),
        new(
            "%u escapes",
            "IIS, ASP's unescape",
            (path, random) => Rewrite(path, c => random.Next(4) == 0, c => $"%u{(int)c:x4}"),
            UnescapeU
        ),
        new(
            "bytes that are no UTF-8",
            "servers that drop what they can't decode: Python's errors=ignore",
            (path, random) => AtSlash(path, random, "%ff"),
            path => path.Replace("%ff", "", StringComparison.Ordinal)
        ),
        new(
            "more than 8,192 characters",
            "every server without a limit; RFC 3986 section 5.2.4",
            (path, _) => string.Concat(Enumerable.Repeat("/.", 4200)) + LenientServers.AddSlash(path),
            LenientServers.ResolveDots
        ),
    ];

    private static string Scheme(Random random) =>
        random.Next(3) switch
        {
            0 => "http:",
            1 => "HTTPS:",
            _ => "x-y+z.1:",
        };

    /// <summary>A percent sign is always escaped, so that decoding once gives the path again.</summary>
    private static string Escape(string path, Func<char, bool> chosen) =>
        Rewrite(path, c => c == '%' || chosen(c), c => Bytes(c.ToString()));

    private static string Bytes(string text) =>
        string.Concat(Encoding.UTF8.GetBytes(text).Select(b => "%" + b.ToString("x2", CultureInfo.InvariantCulture)));

    private static string Overlong(string path, Random random, int length) =>
        Rewrite(
            path,
            c => c == '%' || (char.IsAscii(c) && random.Next(3) == 0),
            c =>
            {
                byte[] bytes = new byte[length];
                for (int i = length - 1, value = c; i >= 0; i--, value >>= 6)
                {
                    bytes[i] = (byte)(0x80 | (value & 0x3F));
                }

                bytes[0] = (byte)((0xF00 >> length) | (length == 2 ? c >> 6 : 0));
                return string.Concat(bytes.Select(b => "%" + b.ToString("X2", CultureInfo.InvariantCulture)));
            }
        );

    private static string Change(string path, Random random, Func<char, bool> chosen, Func<char, char> change) =>
        string.Concat(path.Select(c => chosen(c) && random.Next(2) == 0 ? change(c) : c));

    /// <summary>Characters as they are; halves of surrogate pairs stay together.</summary>
    private static string Rewrite(string path, Func<char, bool> chosen, Func<char, string> write) =>
        string.Concat(path.Select(c => !char.IsSurrogate(c) && chosen(c) ? write(c) : c.ToString()));

    private static string Ignorable(string path, Random random)
    {
        int at = random.Next(path.Length + 1);
        return path.Insert(
            at,
            random.Next(3) switch
            {
                0 => "\u200B",
                1 => "\u00AD",
                _ => "\uFEFF",
            }
        );
    }

    /// <summary>Before one of the slashes that follow a segment, or at the end.</summary>
    private static string AtSlash(string path, Random random, string inserted)
    {
        int[] ends =
        [
            .. Enumerable.Range(1, Math.Max(0, path.Length - 1)).Where(i => path[i] == '/' && path[i - 1] is not ('/' or ':')),
            path.Length,
        ];
        return path.Insert(ends[random.Next(ends.Length)], inserted);
    }

    /// <summary>Behind one of the slashes.</summary>
    private static string InFront(string path, Random random, string inserted)
    {
        int[] slashes = [.. Enumerable.Range(0, path.Length).Where(i => path[i] == '/')];
        return path.Insert(slashes.Length == 0 ? 0 : slashes[random.Next(slashes.Length)] + 1, inserted);
    }

    private static string DropControls(string path) =>
        string.Concat(
            new[] { "%09", "%0d", "%0a", "\t", "\r", "\n" }.Aggregate(
                path,
                (rest, control) => rest.Replace(control, "", StringComparison.Ordinal)
            )
        );

    private static string UnescapeU(string path)
    {
        StringBuilder read = new();
        for (int i = 0; i < path.Length; i++)
        {
            bool escape =
                i + 5 < path.Length
                && path[i] == '%'
                && path[i + 1] == 'u'
                && ushort.TryParse(path.AsSpan(i + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _);
            read.Append(
                escape ? (char)ushort.Parse(path.AsSpan(i + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : path[i]
            );
            if (escape)
            {
                i += 5;
            }
        }

        return read.ToString();
    }
}
