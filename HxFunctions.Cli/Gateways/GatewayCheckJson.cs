using System.Text.Json;
using HxFunctions.Cli.Commands;
using HxFunctions.Cli.Smoke;
using HxFunctions.Core.Http;

namespace HxFunctions.Cli.Gateways;

/// <summary>What was found, for machines.</summary>
internal static class GatewayCheckJson
{
    public static string Write(GatewayCheckResult? result, IReadOnlyList<AllowlistFinding> allowlist, bool isGood, TimeSpan took) =>
        CliJson.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("status", isGood ? "pass" : "fail");
            if (result is not null)
            {
                Write(writer, result);
            }

            writer.WriteNumber("seconds", Math.Round(took.TotalSeconds, 3));
            writer.WriteStartArray("checks");
            foreach (SmokeResult one in GatewayWords.Results(result, allowlist))
            {
                writer.WriteStartObject();
                writer.WriteString("suite", one.Suite);
                writer.WriteString("name", one.Name);
                writer.WriteString("request", one.Request);
                writer.WriteString("status", one.Word);
                writer.WriteString("found", one.Found);
                if (one.Advice.Length > 0)
                {
                    writer.WriteString("advice", one.Advice);
                }

                writer.WriteNumber("seconds", Math.Round(one.Took.TotalSeconds, 3));
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });

    private static void Write(Utf8JsonWriter writer, GatewayCheckResult result)
    {
        writer.WriteString("headline", GatewayWords.Headline(result));
        if (result.Asks is { } asks)
        {
            writer.WriteBoolean("asksTheGuard", asks);
        }
        else
        {
            writer.WriteNull("asksTheGuard");
        }

        writer.WriteStartObject("canary");
        writer.WriteNumber("asks", result.Canary.Count - result.Count(CanaryVerdict.NotAsked));
        writer.WriteNumber("refusedByGuard", result.Count(CanaryVerdict.Refused));
        writer.WriteNumber("refusedAsForm", result.Count(CanaryVerdict.RefusedAsForm) + result.Count(CanaryVerdict.Dropped));
        writer.WriteNumber("gotThrough", result.Count(CanaryVerdict.Through));
        writer.WriteNumber("leftOut", result.Count(CanaryVerdict.NotAsked));
        writer.WriteNumber("undecidable", result.Undecided);
        writer.WriteStrings("undecidableDisguises", result.UndecidedDisguises);
        writer.WriteEndObject();
        if (result.Time is { Fault: "" } time)
        {
            writer.WriteStartObject("addedTime");
            writer.WriteNumber("asks", time.Asks);
            writer.WriteNumber("withGuardMilliseconds", Math.Round(time.Through.TotalMilliseconds, 3));
            writer.WriteNumber("withoutMilliseconds", Math.Round(time.Direct.TotalMilliseconds, 3));
            writer.WriteNumber("addedMilliseconds", Math.Round(time.Added.TotalMilliseconds, 3));
            writer.WriteBoolean("sameAnswer", time.IsSameAnswer);
            writer.WriteEndObject();
        }
    }
}
