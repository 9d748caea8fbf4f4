using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using HxFunctions.Core.Http.Status;

namespace HxFunctions.Cli.Commands;

/// <summary>An option that takes a time: <c>1h30m</c>, <c>90s</c>, <c>2d</c>.</summary>
internal sealed partial class DurationOption : Option<string>
{
    private readonly bool _wantsUnit;
    private readonly TimeSpan _least;
    private readonly TimeSpan _most;

    /// <param name="wantsUnit">A number alone is refused; otherwise it is one of seconds.</param>
    public DurationOption(string name, string preset, TimeSpan least, TimeSpan most, bool wantsUnit = false)
        : base(name)
    {
        HelpName = "time";
        _wantsUnit = wantsUnit;
        _least = least;
        _most = most;
        DefaultValueFactory = _ => preset;
        Validators.Add(result =>
        {
            if (result.Tokens is [var token] && Read(token.Value) is null)
            {
                result.AddError($"{Name} must be a time such as 90s, 10m or 1h30m, from {Shown(_least)} to {Shown(_most)}.");
            }
        });
    }

    public TimeSpan Of(ParseResult parsed) => Read(parsed.GetValue(this)!)!.Value;

    /// <summary>The default, for a command that has not this option.</summary>
    public TimeSpan Preset => Read((string)GetDefaultValue()!)!.Value;

    private static string Shown(TimeSpan time) =>
        time.TotalSeconds is > 0 and < 1 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s")
        : time.TotalHours is >= 1 and <= 48 && time.Minutes == 0 ? $"{time.TotalHours:0} h"
        : StatusText.Duration(time);

    private TimeSpan? Read(string text) => Parse(text, _wantsUnit) is { } time && time >= _least && time <= _most ? time : null;

    /// <summary>Numbers with units, from the largest to the smallest, each once; white space between them is free, so that what hx prints
    /// can be given back.</summary>
    /// <returns><see langword="null"/>: it is no time.</returns>
    public static TimeSpan? Parse(string text, bool wantsUnit)
    {
        if (!wantsUnit && double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds))
        {
            return seconds <= TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : null;
        }

        Match match = Form().Match(text);
        if (!match.Success || text.Trim().Length == 0)
        {
            return null;
        }

        double total = 0;
        foreach ((string group, double factor) in new[] { ("d", 86_400d), ("h", 3600d), ("m", 60d), ("s", 1d), ("ms", 0.001) })
        {
            total += match.Groups[group] is { Success: true } part
                ? double.Parse(part.ValueSpan, CultureInfo.InvariantCulture) * factor
                : 0;
        }

        return TimeSpan.FromSeconds(total);
    }

    [GeneratedRegex(
        @"\A\s*(?:(?<d>[0-9]{1,6}(?:\.[0-9]{1,6})?)\s*d\s*)?(?:(?<h>[0-9]{1,6}(?:\.[0-9]{1,6})?)\s*h\s*)?(?:(?<m>[0-9]{1,6}(?:\.[0-9]{1,6})?)\s*m(?:in)?(?!s)\s*)?(?:(?<s>[0-9]{1,6}(?:\.[0-9]{1,6})?)\s*s\s*)?(?:(?<ms>[0-9]{1,6}(?:\.[0-9]{1,6})?)\s*ms\s*)?\z",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Form();
}
