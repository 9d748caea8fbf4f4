using HxFunctions.Core.Configuration;

namespace HxFunctions.Tests.Configuration;

public class WordListTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("a", "a", "a")]
    [InlineData("a and b", "a or b", "a", "b")]
    [InlineData("a, b and c", "a, b or c", "a", "b", "c")]
    public void Words_are_joined_as_in_a_sentence(string and, string or, params string[] words) =>
        Assert.Equal((and, or), (WordList.And(words), WordList.Or(words)));
}
