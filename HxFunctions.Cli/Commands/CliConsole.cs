using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using HxFunctions.Core.Configuration;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace HxFunctions.Cli.Commands;

/// <summary>Tables for people: in colour on a terminal, plain elsewhere.</summary>
internal static class CliConsole
{
    private const int PlainWidth = 160,
        MinWidth = 40;

    public static bool IsTerminal(TextWriter output) => ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;

    /// <summary>In columns: the terminal's, or what suits a file.</summary>
    public static int WidthOf(TextWriter output) =>
        IsTerminal(output) && Console.WindowWidth > 0 ? Math.Max(MinWidth, Console.WindowWidth) : PlainWidth;

    /// <summary>A sentence of two spaces' indent: wrapped between words on a terminal, in one line elsewhere.</summary>
    public static string Indented(string sentence, TextWriter output) =>
        IsTerminal(output) ? Render(new Padder(new Text(sentence), new Padding(2, 0, 0, 0)), output) : $"  {sentence}{Environment.NewLine}";

    /// <summary>Renders for where it will be written; lines carry no padding at their ends.</summary>
    /// <param name="width">In columns; <see langword="null"/>: by <see cref="WidthOf"/>.</param>
    public static string Render(IRenderable renderable, TextWriter output, int? width = null)
    {
        bool terminal = IsTerminal(output);
        StringWriter text = new();
        IAnsiConsole console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
                ColorSystem = terminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
                Out = new AnsiConsoleOutput(text),
                Interactive = InteractionSupport.No,
                // They would turn escape sequences on by the names of CI systems, whatever is said above.
                Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
            }
        );
        console.Profile.Width = width ?? WidthOf(output);
        console.Write(renderable);
        IEnumerable<string> lines = text.ToString()
            .Split('\n')
            .Select(l => l.TrimEnd())
            .SkipWhile(l => l.Length == 0)
            .Reverse()
            .SkipWhile(l => l.Length == 0)
            .Reverse();
        return string.Concat(lines.Select(l => l + Environment.NewLine));
    }
}

/// <summary>JSON for machines, indented.</summary>
internal static class CliJson
{
    // It goes to a file or a terminal, not into a page: "can't" may stand as it is. Control characters never do.
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(Action<Utf8JsonWriter> write)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter writer = new(buffer, Options))
        {
            write(writer);
        }

        return Encoding.UTF8.GetString(buffer.ToArray()) + Environment.NewLine;
    }

    public static string Write(JsonElement document) => Write(document.WriteTo);

    /// <summary>What machines get instead of an answer.</summary>
    public static string ErrorDocument(int code, IReadOnlyList<ConfigurationProblem> problems) =>
        Write(writer =>
        {
            writer.WriteStartObject();
            WriteError(writer, code, problems);
            writer.WriteEndObject();
        });

    /// <summary>The member <c>error</c>, in which machines look for a failure.</summary>
    public static void WriteError(Utf8JsonWriter writer, int code, IReadOnlyList<ConfigurationProblem> problems)
    {
        writer.WriteStartObject("error");
        writer.WriteNumber("exitCode", code);
        WriteProblems(writer, problems);
        writer.WriteEndObject();
    }

    /// <summary>The problems of a configuration or a command; one of no variable has its text alone.</summary>
    public static void WriteProblems(Utf8JsonWriter writer, IReadOnlyList<ConfigurationProblem> problems, string name = "problems")
    {
        writer.WriteStartArray(name);
        foreach (ConfigurationProblem problem in problems)
        {
            bool hasVariable = problem.Problem.Length > 0;
            writer.WriteStartObject();
            if (hasVariable)
            {
                writer.WriteString("variable", problem.Variable);
            }

            writer.WriteString("problem", hasVariable ? problem.Problem : problem.Variable);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
