using System.Text.Json;
using System.Text.Json.Serialization;

namespace HxFunctions.Cli.Commands;

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class CliJsonContext : JsonSerializerContext;
