using HxFunctions.Cli.Commands;

namespace HxFunctions.Cli.Smoke;

/// <summary>Results for machines: every one.</summary>
internal static class SmokeReport
{
    public static string Json(IReadOnlyList<SmokeResult> results, TimeSpan took) =>
        CliJson.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("status", results.Any(r => r.Outcome == SmokeOutcome.Fail) ? "fail" : "pass");
            foreach (
                (SmokeOutcome outcome, string name) in new[]
                {
                    (SmokeOutcome.Pass, "passed"),
                    (SmokeOutcome.Fail, "failed"),
                    (SmokeOutcome.Skipped, "skipped"),
                }
            )
            {
                writer.WriteNumber(name, results.Count(r => r.Outcome == outcome));
            }

            writer.WriteNumber("seconds", Math.Round(took.TotalSeconds, 3));
            writer.WriteStartArray("checks");
            foreach (SmokeResult result in results)
            {
                writer.WriteStartObject();
                writer.WriteString("suite", result.Suite);
                writer.WriteString("name", result.Name);
                writer.WriteString("request", result.Request);
                writer.WriteString("status", result.Word);
                writer.WriteString("found", result.Found);
                if (result.Verdict is not null)
                {
                    writer.WriteString("verdict", result.Verdict);
                }

                if (result.Advice.Length > 0)
                {
                    writer.WriteString("advice", result.Advice);
                }

                writer.WriteNumber("seconds", Math.Round(result.Took.TotalSeconds, 3));
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
}
