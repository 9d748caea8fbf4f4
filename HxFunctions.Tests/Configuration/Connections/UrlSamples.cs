using FsCheck;
using FsCheck.Fluent;

namespace HxFunctions.Tests.Configuration.Connections;

/// <summary>Inputs and checks that the tests of the three URL parsers share.</summary>
public static class UrlSamples
{
    private const string AwkwardCharacters = ":@/?#[]%+&=!'\" ;,\\$<>{}|^`~é€😀\t";

    private static readonly string[] Fragments =
    [
        "@",
        ":",
        "/",
        "?",
        "#",
        "[",
        "]",
        "%",
        "%4",
        "%40",
        "%00",
        "%ff",
        "&",
        "=",
        ";",
        ",",
        " ",
        "'",
        "\"",
        "\\",
        "\0",
        "\n",
        "é",
        "\ud800",
        "host",
        "=1",
        "user",
        "sslmode=require",
        "password=",
        "db=",
        "ssl=True",
        "::1",
        "5432",
        "a",
        "Zq",
        "://",
        "!",
        "$",
        "+",
    ];

    /// <summary>Fixed, so that a failure shows again; more runs than the default, since the inputs are small.</summary>
    internal static Config Many => Config.QuickThrowOnFailure.WithMaxTest(1000);

    public static TheoryData<string> Awkward =>
        [
            .. AwkwardCharacters.EnumerateRunes().Select(r => $"a{r}{r}b"),
            .. AwkwardCharacters.EnumerateRunes().Select(r => $"{r}"),
            AwkwardCharacters,
        ];

    /// <summary>Text that a secret can consist of: anything but NUL, half a surrogate pair and a line feed at the end; not empty.</summary>
    internal static Arbitrary<string> Texts =>
        ArbMap
            .Default.ArbFor<string>()
            .Filter(s => !string.IsNullOrEmpty(s) && !s.Contains('\0') && !s.EndsWith('\n') && !s.Any(char.IsSurrogate));

    /// <summary>Text that begins with one of <paramref name="starts"/> and goes on with what means something to a parser.</summary>
    internal static Arbitrary<string> Noise(params string[] starts) =>
        Gen.Elements(starts)
            .SelectMany(start => Gen.Elements(Fragments).ArrayOf().Select(parts => start + string.Concat(parts)))
            .ToArbitrary();

    /// <summary>No four characters of <paramref name="secret"/> in a row.</summary>
    internal static void AssertNothingOf(string secret, string problem)
    {
        for (int i = 0; i + 4 <= secret.Length; i++)
        {
            Assert.DoesNotContain(secret.Substring(i, 4), problem, StringComparison.OrdinalIgnoreCase);
        }
    }
}
