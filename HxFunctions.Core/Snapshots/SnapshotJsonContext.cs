using System.Text.Json.Serialization;

namespace HxFunctions.Core.Snapshots;

/// <summary>Generated readers and writers of the objects that are stored.</summary>
[JsonSerializable(typeof(RecordJson))]
[JsonSerializable(typeof(OverrideJson))]
[JsonSerializable(typeof(TransitionJson))]
[JsonSerializable(typeof(OverrideEntry))]
internal sealed partial class SnapshotJsonContext : JsonSerializerContext;
