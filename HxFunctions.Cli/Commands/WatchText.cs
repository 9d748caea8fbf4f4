using System.Text.Json;
using HxFunctions.Core.Configuration;
using Spectre.Console;

namespace HxFunctions.Cli.Commands;

/// <summary>Texts of an answer as markup. All are escaped and on one line: they may hold anything.</summary>
internal static class WatchText
{
    public static string Of(JsonElement text) => Markup.Escape(GuardCommand.OneLine(text.GetString()));

    /// <summary>A reason's words.</summary>
    public static string ReasonOf(JsonElement reason) => Of(reason).Replace('_', ' ');

    public static string DependencyOf(JsonElement name) =>
        Markup.Escape(DependencyKind.DisplayNameOf(GuardCommand.OneLine(name.GetString())));
}
