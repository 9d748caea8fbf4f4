using System.Text.Json;
using HxFunctions.Wiring.Yaml;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace HxFunctions.Cli.Commands;

/// <summary>
/// YAML for machines, of the same document as the JSON. By YamlDotNet's emitter, which needs no reflection. A text that a reader of YAML
/// 1.1 or 1.2 takes for something else stands in quotes.
/// </summary>
internal static class CliYaml
{
    public static string FromJson(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        StringWriter text = new();
        Emitter emitter = new(text, EmitterSettings.Default.WithMaxSimpleKeyLength(int.MaxValue).WithNewLine(Environment.NewLine));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        Emit(emitter, document.RootElement);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void Emit(Emitter emitter, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                MappingStyle style = value.EnumerateObject().Any() ? MappingStyle.Block : MappingStyle.Flow;
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, style));
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    EmitText(emitter, property.Name);
                    Emit(emitter, property.Value);
                }

                emitter.Emit(new MappingEnd());
                break;
            case JsonValueKind.Array:
                SequenceStyle form = value.GetArrayLength() > 0 ? SequenceStyle.Block : SequenceStyle.Flow;
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, form));
                foreach (JsonElement item in value.EnumerateArray())
                {
                    Emit(emitter, item);
                }

                emitter.Emit(new SequenceEnd());
                break;
            case JsonValueKind.String:
                EmitText(emitter, value.GetString()!);
                break;
            default:
                // Numbers, booleans and null read alike in both.
                emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, value.GetRawText(), ScalarStyle.Plain, true, false));
                break;
        }
    }

    private static void EmitText(Emitter emitter, string text)
    {
        bool isPlain =
            YamlResolver.Resolve(text, ScalarStyle.Plain, "") == YamlValueKind.String && !IsNumberOf12(text) && !text.Any(IsUnseen);
        ScalarStyle style = isPlain ? ScalarStyle.Any : ScalarStyle.DoubleQuoted;
        emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, style, isPlain, true));
    }

    /// <summary>What a line would break at, or what nobody sees.</summary>
    private static bool IsUnseen(char c) => char.IsControl(c) || c is '\u2028' or '\u2029' or '\ufeff';

    /// <summary>YAML 1.2's core schema (section 10.3.2) knows numbers that 1.1 doesn't: <c>1e3</c>, <c>0o17</c>. And <c>y</c> is a boolean
    /// in 1.1's type repository, though not to PyYAML.</summary>
    private static bool IsNumberOf12(string text) =>
        text.Length > 0
            && (char.IsAsciiDigit(text[0]) || text[0] is '+' or '-' or '.')
            && (
                double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out _)
                || text.StartsWith("0o", StringComparison.Ordinal)
            )
        || text is "y" or "Y" or "n" or "N";
}
