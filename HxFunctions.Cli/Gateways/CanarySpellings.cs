using System.Globalization;
using System.Text;
using HxFunctions.Core.Routing;

namespace HxFunctions.Cli.Gateways;

/// <summary>A way to write the canary's path.</summary>
/// <param name="Disguise">What is done to it; empty: nothing.</param>
/// <param name="UndoneBy">A server that reads it so.</param>
/// <param name="Target">What is sent.</param>
internal sealed record Spelling(string Disguise, string UndoneBy, string Target)
{
    private const int MaxShown = 80;

    public bool IsPlain => Disguise.Length == 0;

    /// <summary>The target for a terminal or a report: what isn't printable ASCII as its code.</summary>
    public string Shown
    {
        get
        {
            StringBuilder text = new();
            foreach (char c in Target)
            {
                text.Append(c is > ' ' and <= '~' ? c.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"));
            }

            return text.Length <= MaxShown ? text.ToString() : text.ToString(0, MaxShown) + "...";
        }
    }
}

/// <summary>The spellings of the canary: each disguise in a few ways, always the same ones.</summary>
/// <param name="Asked">Those that the guard knows for the canary; the plain one first.</param>
/// <param name="Undecided">How many there are besides, of which the guard can't say what they are: it takes them for every rule's, and not
/// for the canary.</param>
/// <param name="UndecidedDisguises">The disguises that have no other spelling.</param>
internal sealed record CanarySpellings(IReadOnlyList<Spelling> Asked, int Undecided, IReadOnlyList<string> UndecidedDisguises)
{
    /// <summary>A path beside the canary's, of which the guard knows nothing.</summary>
    public const string Neighbour = "/.hx/canarx";

    private const int Throws = 8;
    private const int MaxEach = 4;

    /// <param name="mount">The path of the gateway's URL, without a slash at its end.</param>
    /// <param name="basePath">GUARD_BASE_PATH of the guard; empty: none.</param>
    /// <param name="authority">The gateway's host and port.</param>
    public static CanarySpellings Of(string mount, string basePath, string authority)
    {
        // A gateway may tell the guard its own mount path or not; the canary is known in both.
        GuardRule[] rules = mount.Length == 0 ? [Canary.Rule] : [Canary.Rule, Canary.Rule with { Route = mount + Canary.Path }];
        RouteMatcher matcher = new(rules, basePath);
        Spelling plain = new("", "", mount + Canary.Path);
        List<Spelling> asked = [plain];
        HashSet<string> seen = [plain.Target];
        List<string> left = [];
        int undecided = 0;
        ulong[] matched = new ulong[matcher.WordCount];
        foreach (PathDisguise disguise in PathDisguises.All(basePath, authority))
        {
            int decided = 0,
                undecidedOfThis = 0;
            foreach (string target in Targets(disguise, mount).Where(seen.Add))
            {
                if (!matcher.TryMatch(target, GuardMethods.Get, matched))
                {
                    undecidedOfThis++;
                }
                else if (decided < MaxEach && matched.AsSpan().ContainsAnyExcept(0ul))
                {
                    asked.Add(new(disguise.Name, disguise.UndoneBy, target));
                    decided++;
                }
            }

            undecided += undecidedOfThis;
            if (decided == 0 && undecidedOfThis > 0)
            {
                left.Add(disguise.Name);
            }
        }

        return new(asked, undecided, left);
    }

    /// <summary>The whole path in disguise; then what follows the first slash, for a front door that wants that one as it is.</summary>
    private static IEnumerable<string> Targets(PathDisguise disguise, string mount)
    {
        string path = mount + Canary.Path;
        for (int seed = 0; seed < Throws; seed++)
        {
            yield return disguise.Apply(path, new Random(seed));
            string inner = mount + "/" + disguise.Apply(Canary.Path[1..], new Random(seed));
            // Below a mount path this would be a path of another service.
            if (mount.Length == 0 || !inner.Contains("..", StringComparison.Ordinal))
            {
                yield return inner;
            }
        }
    }
}
