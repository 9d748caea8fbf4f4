namespace HxFunctions.Core.Configuration.Connections;

/// <summary>Gathers everything wrong with a URL's keywords, so that one sentence names them all. Values never enter here.</summary>
internal sealed class KeywordProblems
{
    private const int MaxNames = 10;

    private readonly List<string> _unknown = [];
    private readonly List<string> _unsupported = [];
    private readonly List<string> _others = [];
    private bool _unnamed;

    public bool None => _unknown.Count == 0 && _unsupported.Count == 0 && _others.Count == 0 && !_unnamed;

    public void Unknown(string keyword, bool mayBeNamed)
    {
        if (mayBeNamed)
        {
            _unknown.Add(keyword);
        }
        else
        {
            _unnamed = true;
        }
    }

    /// <summary>A keyword that is known but cannot be honoured.</summary>
    public void Unsupported(string keyword) => _unsupported.Add(keyword);

    /// <summary>A known keyword with a wrong value; <paramref name="expected"/> completes "that is not …".</summary>
    public void Value(string keyword, string expected) => Add($"has a value of '{keyword}' that is not {expected}");

    /// <summary>Any other finding, a phrase that begins with a verb.</summary>
    public void Add(string phrase)
    {
        if (!_others.Contains(phrase))
        {
            _others.Add(phrase);
        }
    }

    public override string ToString()
    {
        List<string> phrases = [];
        if (_unknown.Count > 0)
        {
            phrases.Add($"has {Noun(_unknown, "an unknown keyword", "unknown keywords")} {Names(_unknown)}");
        }

        if (_unnamed)
        {
            phrases.Add(
                "has an unknown keyword, which is not shown because it may be part of a password (in a URL, percent-encode "
                    + "@ & ; , / ? in a password)"
            );
        }

        if (_unsupported.Count > 0)
        {
            phrases.Add(
                $"has {Noun(_unsupported, "the keyword", "the keywords")} {Names(_unsupported)}, which HxFunctions does not support"
            );
        }

        phrases.AddRange(_others.Take(MaxNames));
        if (_others.Count > MaxNames)
        {
            phrases.Add($"has {_others.Count - MaxNames} more problems");
        }

        return string.Join("; ", phrases);
    }

    private static string Noun(List<string> names, string one, string many) => names.Count == 1 ? one : many;

    private static string Names(List<string> names) =>
        string.Join(", ", names.Take(MaxNames).Select(name => $"'{name}'"))
        + (names.Count > MaxNames ? $" and {names.Count - MaxNames} more" : "");
}
