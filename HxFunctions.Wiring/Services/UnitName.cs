using System.Diagnostics.CodeAnalysis;

namespace HxFunctions.Wiring.Services;

/// <summary>The name of a systemd service, safe as an argument: systemd.unit(5), "Description".</summary>
internal sealed record UnitName
{
    private const string Suffix = ".service";
    private const int MaxLength = 255;
    private static readonly string[] OtherTypes =
    [
        ".socket",
        ".device",
        ".mount",
        ".automount",
        ".swap",
        ".target",
        ".path",
        ".timer",
        ".slice",
        ".scope",
    ];

    private UnitName(string text) => Text = text;

    /// <summary>With <c>.service</c>.</summary>
    public string Text { get; }

    /// <param name="text">With <c>.service</c> or without.</param>
    /// <param name="name">The name.</param>
    /// <param name="problem">Why it is none, for the user.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out UnitName? name, [NotNullWhen(false)] out string? problem)
    {
        string full = text.EndsWith(Suffix, StringComparison.Ordinal) ? text : text + Suffix;
        string stem = full[..^Suffix.Length];
        problem =
            stem.Length == 0 ? "the service name is missing"
            : full.Length > MaxLength ? $"a service name has at most {MaxLength} characters"
            : stem[0] == '-' ? "a service name can't begin with a dash"
            : stem.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not (':' or '-' or '_' or '.' or '\\' or '@'))
                ? @"a service name can only have letters, digits and : - _ . \ @"
            : stem[0] == '@' || stem.Count(c => c == '@') > 1 ? "a service name has at most one @, and something before it"
            : stem[^1] == '@' ? "this is a service template: use an instance of it, such as name@instance"
            : Array.Exists(OtherTypes, type => text.EndsWith(type, StringComparison.Ordinal))
                ? "this is a unit of another type: use a service"
            : null;
        name = problem is null ? new(full) : null;
        return problem is null;
    }

    public override string ToString() => Text;
}
