using System.Text;
using HxFunctions.Tests.Routing;

namespace HxFunctions.Tests.Bypass;

/// <summary>What lenient servers do to a path, a step each. None of it is the matcher's code.</summary>
internal static class LenientServers
{
    public static string Decode(string path) => Readings.Decode(path, "");

    public static string ResolveDots(string path) => Readings.ResolveDots(path);

    public static string MergeSlashes(string path) => Readings.Slashes().Replace(path, "/");

    public static string DropParameters(string path) => Readings.Parameters().Replace(path, "");

    public static string ReduceAbsolute(string path) => Readings.Absolute().Replace(path, "");

    public static string BackslashesAsSlashes(string path) => path.Replace('\\', '/');

    public static string LowerCase(string path) => path.ToLowerInvariant();

    public static string TrimSegments(string path) =>
        Readings.EachSegment(path, segment => segment is "." or ".." ? segment : segment.TrimEnd('.', ' '));

    public static string TrimFronts(string path) => Readings.EachSegment(path.Replace('+', ' '), segment => segment.TrimStart(' '));

    public static string TrimSlash(string path) => path.TrimEnd('/');

    public static string PlusAsSpace(string path) => TrimSegments(path.Replace('+', ' '));

    public static string CutQuery(string path) => path.Split('?')[0];

    public static string CutFragment(string path) => path.Split('#')[0];

    public static string AddSlash(string path) => path.StartsWith('/') ? path : "/" + path;

    /// <summary>Full-width forms are ASCII, 0xFEE0 further on; the two letters are those whose upper or lower case is ASCII's.</summary>
    public static string Fold(string path)
    {
        StringBuilder folded = new(path.Length);
        foreach (char c in path)
        {
            if (c is '\u200B' or '\u00AD' or '\uFEFF')
            {
                continue;
            }

            folded.Append(
                c switch
                {
                    >= '\uFF01' and <= '\uFF5E' => (char)(c - 0xFEE0),
                    '\u212A' => 'k',
                    '\u017F' => 's',
                    _ => c,
                }
            );
        }

        return folded.ToString();
    }
}
