using System.Text;
using HxFunctions.Wiring.Files;

namespace HxFunctions.Wiring;

/// <summary>A file as it is and as it shall be.</summary>
/// <param name="Path">As the operator names it.</param>
/// <param name="Role">What it is, in a few words.</param>
/// <param name="Seen">As it was read.</param>
/// <param name="Before">Its text; <see langword="null"/>: it isn't there.</param>
/// <param name="After">The same text when nothing is to be done to it.</param>
/// <param name="Mode">The mode that it must have; <see langword="null"/>: whatever it has.</param>
/// <param name="Notes">What will be set, a line each, without values.</param>
internal sealed record PlannedFile(
    string Path,
    string Role,
    FileEntry Seen,
    string? Before,
    string After,
    UnixFileMode? Mode,
    IReadOnlyList<string> Notes
)
{
    /// <summary>A file whose owner, mode and attributes a new one takes over; <see langword="null"/>: those of a new file.</summary>
    public FileEntry? Like { get; init; }

    /// <summary>Whether it is there with a wider mode than it may have; a narrower one stays.</summary>
    public bool ModeDiffers => Before is not null && Mode is { } mode && (Seen.Mode & ~mode) != 0;

    public bool Differs => Before != After || ModeDiffers;

    public IReadOnlyList<string> Diff() => MaskedDiff.Lines(Path, Before, After);

    /// <summary>What will be set, the mode included.</summary>
    public IReadOnlyList<string> Sets =>
        ModeDiffers ? [.. Notes, $"mode {FileModes.Text(Seen.Mode & Mode!.Value)} instead of {FileModes.Text(Seen.Mode)}"] : Notes;

    public FileTarget Target =>
        new(Path, Encoding.UTF8.GetBytes(After), Before is null ? Mode : Seen.Mode & Mode) { Seen = Seen, Like = Like };
}
