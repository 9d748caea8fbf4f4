using System.Globalization;
using System.Text;

namespace HxFunctions.Tests.Fuzzing;

/// <summary>Makes another text of one or two: flips, cuts, splices, repeats, huge numbers, words of the grammar, odd characters.</summary>
internal sealed class Mutator(Random random, IReadOnlyList<string> words)
{
    /// <summary>Beyond every limit that a reader sets (the largest is 64 KiB), reached now and then.</summary>
    private const int MaxLength = 100_000;

    private static readonly string[] Odd =
    [
        "\0",
        "\n",
        "\r\n",
        "\t",
        " ",
        "\u00a0",
        "\u0085",
        "\u2028",
        "\u200b",
        "\ufeff",
        "\ufffd",
        "\uffff",
        "\ud800",
        "\udc00",
        "\ud83e\udd99",
        "e\u0301",
        "\u0130",
        "\u212a",
        "\uff0f",
        "%",
        "%%",
        "%00",
        "%2",
        "%zz",
        "%ff",
        "%c0%af",
        "%25",
        "%u002f",
        "\\",
        "\\u0000",
        "\\ud800",
        "'",
        "\"",
        "`",
        "$",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "<",
        ">",
        "|",
        "^",
        "~",
        "=",
        ";",
        ",",
        "&",
        "?",
        "#",
        "@",
        ":",
        "/",
        "//",
        "..",
        "-",
        "+",
    ];

    private static readonly string[] Numbers =
    [
        "0",
        "-0",
        "-1",
        "1",
        "00000000000000000001",
        "65535",
        "65536",
        "2147483647",
        "2147483648",
        "-2147483648",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "1e9",
        "1e308",
        "1e309",
        "-1e309",
        "1e-400",
        "0.1",
        ".5",
        "5.",
        "0x10",
        "1_000",
        "١٢",
        "NaN",
        "Infinity",
        "1800000000000",
        "99999999999999999999999999999999",
    ];

    /// <summary>One to four changes at once.</summary>
    public string Mutate(string text, string other)
    {
        StringBuilder changed = new(text);
        for (int changes = 1 + random.Next(4); changes > 0; changes--)
        {
            Change(changed, other);
        }

        return changed.Length > MaxLength ? changed.ToString(0, MaxLength) : changed.ToString();
    }

    private void Change(StringBuilder text, string other)
    {
        (int start, int length) = Range(text.Length);
        switch (random.Next(11))
        {
            case 0 when text.Length > 0:
                int at = random.Next(text.Length);
                text[at] = (char)(text[at] ^ (1 << random.Next(random.Next(8) == 0 ? 16 : 7)));
                break;
            case 1:
                text.Remove(start, length);
                break;
            case 2:
                text.Length = start;
                break;
            case 3:
                Repeat(text, start, length);
                break;
            case 4:
                (int from, int taken) = Range(other.Length);
                text.Remove(start, length).Insert(start, other.AsSpan(from, taken));
                break;
            case 5:
                ReplaceNumber(text);
                break;
            case 6:
                text.Insert(start, Odd[random.Next(Odd.Length)]);
                break;
            case 7:
                text.Insert(start, (char)random.Next(0x10000));
                break;
            case 8 when text.Length > 0:
                Encode(text, random.Next(text.Length));
                break;
            default:
                text.Insert(start, words[random.Next(words.Count)]);
                break;
        }
    }

    /// <summary>Short stretches mostly, long ones at times.</summary>
    private (int Start, int Length) Range(int length)
    {
        int start = random.Next(length + 1);
        int most = random.Next(4) == 0 ? length - start : Math.Min(8, length - start);
        return (start, random.Next(most + 1));
    }

    private void Repeat(StringBuilder text, int start, int length)
    {
        string part = text.ToString(start, length);
        int times = random.Next(40) == 0 ? 10_000 : 1 + random.Next(6);
        times = Math.Min(times, MaxLength / Math.Max(1, part.Length));
        if (text.Length < MaxLength)
        {
            text.Insert(start, part, times);
        }
    }

    private void ReplaceNumber(StringBuilder text)
    {
        string whole = text.ToString();
        int first = whole.AsSpan(random.Next(whole.Length + 1)).IndexOfAnyInRange('0', '9');
        if (first < 0)
        {
            first = whole.AsSpan().IndexOfAnyInRange('0', '9');
        }

        if (first < 0)
        {
            return;
        }

        int end = first;
        while (end < whole.Length && char.IsAsciiDigit(whole[end]))
        {
            end++;
        }

        text.Remove(first, end - first).Insert(first, Numbers[random.Next(Numbers.Length)]);
    }

    private static void Encode(StringBuilder text, int at)
    {
        int value = text[at] & 0xff;
        text.Remove(at, 1).Insert(at, "%" + value.ToString("x2", CultureInfo.InvariantCulture));
    }
}
