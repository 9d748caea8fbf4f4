using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HxFunctions.Wiring.Files;

/// <summary><c>manifest.json</c> of a backup, with <c>manifest.sha256</c> beside it: a mode with a flipped bit must not be restored
/// either.</summary>
internal sealed record BackupManifest(
    int Version,
    DateTimeOffset At,
    BackupReason Reason,
    IReadOnlyList<BackedUpFile> Files,
    IReadOnlyList<string> AbsentDirectories,
    string? Subject = null
)
{
    public const string FileName = "manifest.json";
    public const string HashName = "manifest.sha256";
    private const int CurrentVersion = 1;

    public static BackupManifest Of(
        DateTimeOffset at,
        BackupReason reason,
        IReadOnlyList<BackedUpFile> files,
        IReadOnlyList<string> absentDirectories,
        string? subject
    ) => new(CurrentVersion, at, reason, files, absentDirectories, subject);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, WireJsonContext.Default.BackupManifest);

    public static byte[] HashOf(byte[] json) => System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(json)) + "\n");

    /// <summary>The backup in a directory; one that can't be read has <see cref="Backup.Damage"/>.</summary>
    public static Backup Open(string directory, string stamp, DateTimeOffset at)
    {
        Backup damaged = new(stamp, at, BackupReason.Apply, [], [], directory);
        try
        {
            byte[] json = FileEntry.ReadAt(Path.Combine(directory, FileName)).Content;
            if (!HashOf(json).AsSpan().SequenceEqual(FileEntry.ReadAt(Path.Combine(directory, HashName)).Content))
            {
                return damaged with { Damage = $"{FileName} has changed since it was written" };
            }

            BackupManifest manifest = JsonSerializer.Deserialize(json, WireJsonContext.Default.BackupManifest)!;
            return manifest.Version == CurrentVersion
                ? new(stamp, manifest.At, manifest.Reason, manifest.Files, manifest.AbsentDirectories, directory, manifest.Subject)
                : damaged with
                {
                    Damage = $"it was made by a newer hx (format version {manifest.Version})",
                };
        }
        catch (JsonException)
        {
            return damaged with { Damage = $"{FileName} can't be read" };
        }
        catch (WireFileException e)
        {
            return damaged with { Damage = e.Problem };
        }
    }
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(BackupManifest))]
[JsonSerializable(typeof(PendingState))]
internal sealed partial class WireJsonContext : JsonSerializerContext;
