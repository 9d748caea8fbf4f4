using System.Globalization;
using System.Text;
using HxFunctions.Cli.Gateways;

namespace HxFunctions.Tests.Bypass;

/// <summary>All ways to write a path otherwise that a server is known to undo: the product's own list, which <c>hx gateway check</c> asks
/// with, and to each what the server does.</summary>
internal static class Disguises
{
    private static readonly Dictionary<string, Func<string, string>> Undone = new()
    {
        ["a base path in front"] = path =>
            path.StartsWith(AdminRoutes.BasePath + "/", StringComparison.OrdinalIgnoreCase) ? path[AdminRoutes.BasePath.Length..] : path,
        ["some characters escaped"] = LenientServers.Decode,
        ["every character escaped"] = LenientServers.Decode,
        ["slashes escaped"] = LenientServers.Decode,
        ["two-byte overlong UTF-8"] = LenientServers.Decode,
        ["three-byte overlong UTF-8"] = LenientServers.Decode,
        ["four-byte overlong UTF-8"] = LenientServers.Decode,
        ["full-width characters"] = LenientServers.Fold,
        ["full-width slashes"] = LenientServers.Fold,
        ["look-alike k and s"] = LenientServers.Fold,
        ["ignorable characters"] = LenientServers.Fold,
        ["upper case"] = LenientServers.LowerCase,
        ["backslashes"] = LenientServers.BackslashesAsSlashes,
        ["slashes repeated"] = LenientServers.MergeSlashes,
        ["single dots"] = LenientServers.ResolveDots,
        ["a detour"] = LenientServers.ResolveDots,
        ["a long detour"] = LenientServers.ResolveDots,
        ["dots above the root"] = LenientServers.ResolveDots,
        ["a model's path in front"] = LenientServers.ResolveDots,
        ["parameters"] = LenientServers.DropParameters,
        ["a detour with parameters"] = path => LenientServers.ResolveDots(LenientServers.DropParameters(path)),
        ["dots and spaces at the end"] = LenientServers.TrimSegments,
        ["dots at the end of a segment"] = LenientServers.TrimSegments,
        ["a space in front of a segment"] = LenientServers.TrimFronts,
        ["a plus at the end"] = LenientServers.PlusAsSpace,
        ["a slash at the end"] = LenientServers.TrimSlash,
        ["a query"] = LenientServers.CutQuery,
        ["a fragment"] = LenientServers.CutFragment,
        ["absolute form"] = LenientServers.ReduceAbsolute,
        ["an authority alone"] = LenientServers.ReduceAbsolute,
        ["no slash in front"] = LenientServers.AddSlash,
        ["a NUL and more behind it"] = path => path.Split("%00")[0],
        ["tabs and line ends escaped"] = DropControls,
        ["tabs and line ends"] = DropControls,
        ["%u escapes"] = UnescapeU,
        ["bytes that are no UTF-8"] = path => path.Replace("%ff", "", StringComparison.Ordinal),
        ["more than 8,192 characters"] = LenientServers.ResolveDots,
    };

    /// <summary>Each can be put on top of any other.</summary>
    public static readonly Disguise[] All =
    [
        .. PathDisguises.All(AdminRoutes.BasePath, "gateway.example:8443").Select(written => new Disguise(written, Undone[written.Name])),
    ];

    public static readonly Disguise BasePath = All.Single(one => one.Name == PathDisguises.BasePathInFront);

    /// <summary>The names of those that are undone here.</summary>
    public static IEnumerable<string> UndoneNames => Undone.Keys;

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
