using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace HxFunctions.Wiring.Yaml;

/// <summary>
/// Plain values that YamlDotNet reads and PyYAML doesn't: one begins otherwise for it, or ends earlier (lib/yaml/scanner.py, check_plain
/// and scan_plain). LiteLLM would not start with such a file, or read another value.
/// </summary>
internal static class YamlPlainValues
{
    private const string FlowIndicators = ",[]{}";

    /// <summary>With these YamlDotNet lets a value begin in flow.</summary>
    private const string NotFirstInFlow = "%@`|>:";

    /// <param name="nodes">The document's, from YamlDotNet.</param>
    /// <exception cref="YamlRefusedException">There is one, at its place.</exception>
    public static void Refuse(string text, IEnumerable<ParsingEvent> nodes)
    {
        Stack<bool> flow = new([false]);
        foreach (ParsingEvent current in nodes)
        {
            switch (current)
            {
                case MappingStart mapping:
                    flow.Push(mapping.Style is MappingStyle.Flow);
                    break;
                case SequenceStart sequence:
                    flow.Push(sequence.Style is SequenceStyle.Flow);
                    break;
                case MappingEnd or SequenceEnd:
                    flow.Pop();
                    break;
                case Scalar { Style: ScalarStyle.Plain or ScalarStyle.Any } scalar:
                    Refuse(text, scalar, flow.Peek());
                    break;
            }
        }
    }

    private static void Refuse(string text, Scalar scalar, bool inFlow)
    {
        int start = StartOfText(text, scalar);
        int end = YamlEvents.Offset(text, scalar.End);
        for (int i = start; i < end; i++)
        {
            bool atBlank = i + 1 == text.Length || YamlText.IsBlank(text[i + 1]) || YamlText.IsBreak(text[i + 1]);
            bool endsHere = text[i] is ':' && (atBlank || (inFlow && FlowIndicators.Contains(text[i + 1], StringComparison.Ordinal)));
            bool isNoBegin = i == start && (NotFirstInFlow.Contains(text[i], StringComparison.Ordinal) || (text[i] is '-' && atBlank));
            if (endsHere || (inFlow && (text[i] is '?' || isNoBegin)))
            {
                throw YamlRefusedException.At(
                    text,
                    i,
                    inFlow
                        ? "LiteLLM can't read this character here, in a value without quotes inside { } or [ ]; put the value in quotes"
                        : "LiteLLM can't read this colon here, in a value without quotes; put the value in quotes"
                );
            }
        }
    }

    /// <summary>Behind anchor and tag.</summary>
    private static int StartOfText(string text, Scalar scalar)
    {
        int start = YamlEvents.Offset(text, scalar.Start);
        int end = YamlEvents.Offset(text, scalar.End);
        if (scalar.Anchor.IsEmpty && scalar.Tag.IsEmpty)
        {
            return start;
        }

        while (start < end && (text[start] is '&' or '!'))
        {
            while (start < end && !YamlText.IsBlank(text[start]) && !YamlText.IsBreak(text[start]))
            {
                start++;
            }

            while (start < end && (YamlText.IsBlank(text[start]) || YamlText.IsBreak(text[start])))
            {
                start++;
            }
        }

        return start;
    }
}
