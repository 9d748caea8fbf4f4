using System.Text;
using HxFunctions.Core.Routing;

namespace HxFunctions.Tests.Routing;

public class CompatibilityFoldsTests
{
    [Theory]
    [InlineData("a", "a")]
    [InlineData("K", "K")]
    [InlineData("%", "%")]
    [InlineData("\u00E9", "\u00E9")]
    [InlineData("\u65E5", "\u65E5")]
    [InlineData("\U0001F999", "\U0001F999")]
    [InlineData("\u0130", "i")]
    [InlineData("\u0131", "i")]
    [InlineData("\u00DF", "ss")]
    [InlineData("\u1E9E", "ss")]
    [InlineData("\u017F", "s")]
    [InlineData("\u212A", "k")]
    [InlineData("\uFF21", "a")]
    [InlineData("\uFF3A", "z")]
    [InlineData("\uFF5A", "z")]
    [InlineData("\uFF10", "0")]
    [InlineData("\uFF19", "9")]
    [InlineData("\uFF0D", "-")]
    [InlineData("\uFF3F", "_")]
    [InlineData("\uFF5E", "~")]
    [InlineData("\uFF0F", "/")]
    [InlineData("\uFF3C", "\\")]
    [InlineData("\uFF05", "%")]
    [InlineData("\uFF1F", "?")]
    [InlineData("\uFF03", "#")]
    [InlineData("\u037E", ";")]
    [InlineData("\u2024", ".")]
    [InlineData("\u2026", "...")]
    [InlineData("\u2105", "c/o")]
    [InlineData("\u33C2", "a.m.")]
    [InlineData("\uFB03", "ffi")]
    [InlineData("\U0001D7FF", "9")]
    [InlineData("\U0001CCEF", "z")]
    [InlineData("\u00A0", " ")]
    [InlineData("\u200A", " ")]
    [InlineData("\u3000", " ")]
    [InlineData("\u00AD", "")]
    [InlineData("\u200B", "")]
    [InlineData("\uFE0F", "")]
    [InlineData("\U000E0FFF", "")]
    public void Character_folds_to_what_a_compatible_reader_sees(string character, string folded) =>
        Assert.Equal(folded, Fold(Rune.GetRuneAt(character, 0)));

    [Fact]
    public void Every_character_stays_or_folds_to_lower_case_ascii_of_bounded_length()
    {
        int folds = 0;
        for (int value = 0x80; value <= 0x10FFFF; value++)
        {
            if (!Rune.TryCreate(value, out Rune rune))
            {
                continue;
            }

            string folded = Fold(rune);
            if (folded == rune.ToString())
            {
                continue;
            }

            folds++;
            Assert.InRange(folded.Length, 0, CompatibilityFolds.MaxExpansion);
            Assert.All(folded, character => Assert.True(character is >= ' ' and <= '~' && !char.IsAsciiLetterUpper(character)));
        }

        Assert.True(folds > 1300, $"{folds} folds");
    }

    private static string Fold(Rune rune)
    {
        Span<char> buffer = stackalloc char[CompatibilityFolds.MaxExpansion];
        return buffer[..CompatibilityFolds.Write(rune, buffer)].ToString();
    }
}
