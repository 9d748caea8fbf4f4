using System.Text.Json.Serialization;

namespace HxFunctions.Core.Snapshots;

/// <summary>Generated writers of everything that is stored, and readers of what isn't read at every start.</summary>
[JsonSerializable(typeof(RecordJson), GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(OverrideJson))]
[JsonSerializable(typeof(TransitionJson))]
[JsonSerializable(typeof(OverrideEntry))]
internal sealed partial class SnapshotJsonContext : JsonSerializerContext;
