namespace HxFunctions.SystemTests.Gateways;

/// <summary>Copies ready files with a few changes, each of which must find its place.</summary>
/// <param name="from">The directory that they stand in.</param>
/// <param name="to">The directory that they go to.</param>
internal sealed class GatewayFile(string from, string to)
{
    public void Copy(string name, params (string From, string To)[] changes)
    {
        string text = File.ReadAllText(Path.Combine(from, name));
        foreach ((string before, string after) in changes)
        {
            Assert.Contains(before, text, StringComparison.Ordinal);
            text = text.Replace(before, after, StringComparison.Ordinal);
        }

        File.WriteAllText(Path.Combine(to, name), text);
    }
}
