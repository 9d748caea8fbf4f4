using System.Text.RegularExpressions;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>Copies ready files with a few changes, each of which must find its place.</summary>
/// <param name="from">The directory that they stand in.</param>
/// <param name="to">The directory that they go to.</param>
internal sealed class GatewayFile(string from, string to)
{
    public void Copy(string name, params (string From, string To)[] changes) =>
        File.WriteAllText(Path.Combine(to, name), Change(File.ReadAllText(Path.Combine(from, name)), changes));

    /// <summary>The text with all changes made at once: none is made in what another has put there. One after the other, a port like
    /// 20186 would be taken for the file's own 2018, and its change made in it.</summary>
    internal static string Change(string text, params (string From, string To)[] changes)
    {
        if (changes.Length == 0)
        {
            return text;
        }

        Dictionary<string, string> all = changes.ToDictionary(change => change.From, change => change.To, StringComparer.Ordinal);
        HashSet<string> found = [];
        // Where several could be made, the first of them is.
        string result = Regex.Replace(
            text,
            string.Join('|', changes.Select(change => Regex.Escape(change.From))),
            match =>
            {
                found.Add(match.Value);
                return all[match.Value];
            },
            RegexOptions.CultureInvariant
        );
        foreach (string before in all.Keys)
        {
            Assert.True(found.Contains(before), $"Not in the file: {before}");
        }

        return result;
    }
}
