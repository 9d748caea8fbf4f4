using System.Text;

namespace HxFunctions.Wiring.Yaml;

/// <summary>Spans of a text to be replaced, all at once; what lies outside them stays.</summary>
internal sealed class YamlSplices
{
    private readonly List<(int Offset, int Length, string Text, int Rank)> _splices = [];

    /// <param name="rank">Of splices at the same offset, the lower comes first.</param>
    public void Add(int offset, int length, string text, int rank = 0) => _splices.Add((offset, length, text, rank));

    public string Apply(string text)
    {
        StringBuilder result = new(text.Length + 1024);
        int done = 0;
        foreach ((int offset, int length, string replacement, _) in _splices.OrderBy(s => s.Offset).ThenBy(s => s.Rank))
        {
            result.Append(text, done, offset - done).Append(replacement);
            done = offset + length;
        }

        return result.Append(text, done, text.Length - done).ToString();
    }
}
