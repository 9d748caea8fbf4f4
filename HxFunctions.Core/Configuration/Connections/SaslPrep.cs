using System.Globalization;
using System.Text;

namespace HxFunctions.Core.Configuration.Connections;

/// <summary>
/// A password as SCRAM takes it: RFC 4013 (SASLprep) in PostgreSQL's reading (src/common/saslprep.c). What can't be prepared is used as it
/// is written.
/// </summary>
/// <remarks>
/// The app runs without ICU, where .NET's own normalization leaves everything but ASCII alone; so the tables are here, made by
/// <c>eng/unicode-tables</c>, and read when the first password needs them.
/// </remarks>
internal static class SaslPrep
{
    private static readonly Lazy<Tables> Loaded = new(Tables.Load);

    public static string Prepare(string password)
    {
        if (Ascii.IsValid(password) || !TryDecode(password, out List<int> codes))
        {
            return password;
        }

        Tables tables = Loaded.Value;
        // U+200B is in both tables: it becomes a space.
        List<int> mapped =
        [
            .. codes.Where(c => tables.Spaces.Contains(c) || !tables.Nothing.Contains(c)).Select(c => tables.Spaces.Contains(c) ? ' ' : c),
        ];
        // RFC 3454 looks at what is normalized, PostgreSQL at what is not yet.
        bool refused =
            mapped.Count == 0
            || mapped.Exists(c => tables.Prohibited.Contains(c) || tables.Unassigned.Contains(c))
            || !IsOneDirection(mapped, tables);
        return refused ? password : string.Concat(tables.Normalize(mapped).Select(char.ConvertFromUtf32));
    }

    /// <summary>RFC 3454, section 6: with any right-to-left character, none is left-to-right, and the first and the last are
    /// right-to-left.</summary>
    private static bool IsOneDirection(List<int> text, Tables tables) =>
        !text.Exists(tables.RightToLeft.Contains)
        || (!text.Exists(tables.LeftToRight.Contains) && tables.RightToLeft.Contains(text[0]) && tables.RightToLeft.Contains(text[^1]));

    /// <summary>Half a surrogate pair has no UTF-8: PostgreSQL never gets to see one.</summary>
    private static bool TryDecode(string text, out List<int> codes)
    {
        codes = [];
        for (int i = 0; i < text.Length; i++)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(i), out Rune rune, out int length) != System.Buffers.OperationStatus.Done)
            {
                return false;
            }

            codes.Add(rune.Value);
            i += length - 1;
        }

        return true;
    }

    /// <summary>Code points as ranges.</summary>
    private sealed class CodeSet
    {
        private readonly List<(int First, int Last)> _ranges = [];

        /// <summary>Ranges come in order.</summary>
        public void Add(int first, int last) => _ranges.Add((first, last));

        public bool Contains(int code)
        {
            int low = 0,
                high = _ranges.Count - 1;
            while (low <= high)
            {
                int middle = (low + high) / 2;
                if (code < _ranges[middle].First)
                {
                    high = middle - 1;
                }
                else if (code > _ranges[middle].Last)
                {
                    low = middle + 1;
                }
                else
                {
                    return true;
                }
            }

            return false;
        }
    }

    private sealed class Tables
    {
        // Hangul syllables are computed: the Unicode Standard, section 3.12.
        private const int HangulBase = 0xAC00,
            LeadBase = 0x1100,
            VowelBase = 0x1161,
            TrailBase = 0x11A7;
        private const int Leads = 19,
            Vowels = 21,
            Trails = 28;

        private readonly Dictionary<int, int[]> _decompositions = [];
        private readonly Dictionary<(int, int), int> _compositions = [];
        private readonly Dictionary<int, int> _classes = [];

        public CodeSet Nothing { get; } = new();
        public CodeSet Spaces { get; } = new();
        public CodeSet Prohibited { get; } = new();
        public CodeSet Unassigned { get; } = new();
        public CodeSet RightToLeft { get; } = new();
        public CodeSet LeftToRight { get; } = new();

        public static Tables Load()
        {
            Tables tables = new();
            using Stream resource = typeof(SaslPrep).Assembly.GetManifestResourceStream("SaslPrep.tables.txt")!;
            using StreamReader reader = new(resource, Encoding.ASCII);
            while (reader.ReadLine() is { } line)
            {
                tables.Add(line);
            }

            return tables;
        }

        /// <summary>Normalization form KC: Unicode Standard Annex #15.</summary>
        public List<int> Normalize(IEnumerable<int> text)
        {
            List<int> codes = [.. text.SelectMany(Decompose)];
            Order(codes);
            return Compose(codes);
        }

        private IEnumerable<int> Decompose(int code)
        {
            int syllable = code - HangulBase;
            if (syllable is < 0 or >= Leads * Vowels * Trails)
            {
                return _decompositions.TryGetValue(code, out int[]? parts) ? parts : [code];
            }

            int lead = LeadBase + (syllable / (Vowels * Trails));
            int vowel = VowelBase + (syllable % (Vowels * Trails) / Trails);
            int trail = syllable % Trails;
            return trail == 0 ? [lead, vowel] : [lead, vowel, TrailBase + trail];
        }

        /// <summary>Marks on one letter stand in the order of their classes.</summary>
        private void Order(List<int> codes)
        {
            for (int i = 1; i < codes.Count; i++)
            {
                for (int j = i; j > 0 && ClassOf(codes[j]) is > 0 and int mark && ClassOf(codes[j - 1]) > mark; j--)
                {
                    (codes[j - 1], codes[j]) = (codes[j], codes[j - 1]);
                }
            }
        }

        private List<int> Compose(List<int> codes)
        {
            List<int> composed = [];
            int starter = -1,
                before = -1;
            foreach (int code in codes)
            {
                int mark = ClassOf(code);
                // Nothing that blocks it is between it and the letter.
                if (starter >= 0 && before < mark && TryCompose(composed[starter], code, out int whole))
                {
                    composed[starter] = whole;
                    continue;
                }

                composed.Add(code);
                if (mark == 0)
                {
                    starter = composed.Count - 1;
                    before = -1;
                }
                else
                {
                    before = mark;
                }
            }

            return composed;
        }

        private bool TryCompose(int first, int second, out int whole)
        {
            int lead = first - LeadBase,
                vowel = second - VowelBase,
                syllable = first - HangulBase,
                trail = second - TrailBase;
            if (lead is >= 0 and < Leads && vowel is >= 0 and < Vowels)
            {
                whole = HangulBase + (((lead * Vowels) + vowel) * Trails);
                return true;
            }

            if (syllable is >= 0 and < Leads * Vowels * Trails && syllable % Trails == 0 && trail is > 0 and < Trails)
            {
                whole = first + trail;
                return true;
            }

            return _compositions.TryGetValue((first, second), out whole);
        }

        private int ClassOf(int code) => _classes.GetValueOrDefault(code);

        private void Add(string line)
        {
            string[] words = line.Split(' ');
            switch (words[0])
            {
                case "n":
                    _decompositions[Hex(words[1])] = [.. words[2..].Select(Hex)];
                    break;
                case "c":
                    _compositions[(Hex(words[1]), Hex(words[2]))] = Hex(words[3]);
                    break;
                case "o":
                    for (int code = Hex(words[2]); code <= Hex(words[3]); code++)
                    {
                        _classes[code] = int.Parse(words[1], CultureInfo.InvariantCulture);
                    }

                    break;
                default:
                    SetOf(words[0])?.Add(Hex(words[1]), Hex(words[2]));
                    break;
            }
        }

        private CodeSet? SetOf(string name) =>
            name switch
            {
                "b" => Nothing,
                "s" => Spaces,
                "p" => Prohibited,
                "u" => Unassigned,
                "r" => RightToLeft,
                "l" => LeftToRight,
                _ => null,
            };

        private static int Hex(string word) => int.Parse(word, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
