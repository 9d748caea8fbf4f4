using System.Globalization;
using System.Text;

namespace HxFunctions.Cli.Gateways;

/// <summary>How disguises change a text.</summary>
internal static class DisguiseWriting
{
    public static string AddSlash(string path) => path.StartsWith('/') ? path : "/" + path;

    public static string Scheme(Random random) =>
        random.Next(3) switch
        {
            0 => "http:",
            1 => "HTTPS:",
            _ => "x-y+z.1:",
        };

    /// <summary>A percent sign is always escaped, so that decoding once gives the path again.</summary>
    public static string Escape(string path, Func<char, bool> chosen) =>
        Rewrite(path, c => c == '%' || chosen(c), c => Bytes(c.ToString()));

    private static string Bytes(string text) =>
        string.Concat(Encoding.UTF8.GetBytes(text).Select(b => "%" + b.ToString("x2", CultureInfo.InvariantCulture)));

    public static string Overlong(string path, Random random, int length) =>
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

    public static string Change(string path, Random random, Func<char, bool> chosen, Func<char, char> change) =>
        string.Concat(path.Select(c => chosen(c) && random.Next(2) == 0 ? change(c) : c));

    /// <summary>Characters as they are; halves of surrogate pairs stay together.</summary>
    public static string Rewrite(string path, Func<char, bool> chosen, Func<char, string> write) =>
        string.Concat(path.Select(c => !char.IsSurrogate(c) && chosen(c) ? write(c) : c.ToString()));

    public static string Ignorable(string path, Random random)
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
    public static string AtSlash(string path, Random random, string inserted)
    {
        int[] ends =
        [
            .. Enumerable.Range(1, Math.Max(0, path.Length - 1)).Where(i => path[i] == '/' && path[i - 1] is not ('/' or ':')),
            path.Length,
        ];
        return path.Insert(ends[random.Next(ends.Length)], inserted);
    }

    /// <summary>Behind one of the slashes.</summary>
    public static string InFront(string path, Random random, string inserted)
    {
        int[] slashes = [.. Enumerable.Range(0, path.Length).Where(i => path[i] == '/')];
        return path.Insert(slashes.Length == 0 ? 0 : slashes[random.Next(slashes.Length)] + 1, inserted);
    }
}
