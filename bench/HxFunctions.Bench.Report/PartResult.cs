using System.Text.Json;

namespace HxFunctions.Bench.Report;

/// <summary>What one part of a run found. One file for each part: <c>PART.json</c>.</summary>
/// <param name="Part">The part's name.</param>
/// <param name="Day">When it ran, in UTC: <c>2026-05-30</c>.</param>
/// <param name="Commit">What was measured: a commit's short id, with <c>+</c> behind it when files differed from it.</param>
/// <param name="Machine">Cores and processor.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Others">The part of the machine's processor time that other programs took meanwhile, 0 to 1, and the host's share with
/// it.</param>
/// <param name="Tables">By name, in Markdown.</param>
/// <param name="Figures">By name: what targets are set for, and more.</param>
internal sealed record PartResult(
    string Part,
    string Day,
    string Commit,
    string Machine,
    double Seconds,
    double Others,
    IReadOnlyDictionary<string, string> Tables,
    IReadOnlyDictionary<string, double> Figures
)
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true };

    /// <summary>Writes the figures as JSON, and each table as a Markdown file beside them.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach ((string name, string table) in Tables)
        {
            File.WriteAllText(Path.Combine(folder, name + ".md"), table);
        }

        File.WriteAllText(Path.Combine(folder, Part + ".json"), JsonSerializer.Serialize(this, Format) + "\n");
    }

    /// <summary>All that a folder has, in the order of the parts.</summary>
    public static IReadOnlyList<PartResult> ReadAll(string folder) =>
        [
            .. Parts
                .Names.Select(part => Path.Combine(folder, part + ".json"))
                .Where(File.Exists)
                .Select(file => JsonSerializer.Deserialize<PartResult>(File.ReadAllText(file))!),
        ];
}
