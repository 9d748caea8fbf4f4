using System.Globalization;

namespace HxFunctions.Core.Configuration;

/// <summary>Where telemetry goes. It is no reason to refuse traffic or to end the process: a variable that the exporters would throw at is
/// a hint, and nothing is sent to that place.</summary>
/// <param name="ApplicationInsights">Azure Monitor's connection string; <see langword="null"/>: nothing goes there.</param>
/// <param name="Otlp">Whether an OTLP receiver gets it.</param>
internal sealed record TelemetrySettings(string? ApplicationInsights, bool Otlp)
{
    public static readonly TelemetrySettings None = new(null, false);

    private const string NotSentThere = "Until it is corrected, no telemetry is sent there";
    private const string NotSent = "Until it is corrected, no telemetry is sent";
    private const string InstrumentationKey = "InstrumentationKey";
    private const string SdkDisabled = "OTEL_SDK_DISABLED";

    /// <summary>The exporter's own header, besides those of the variable.</summary>
    private const string OwnHeader = "User-Agent";

    /// <summary>Variables of the SDK that hold milliseconds or a number of items
    /// (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/).</summary>
    private static readonly string[] Numbers =
    [
        "OTEL_METRIC_EXPORT_INTERVAL",
        "OTEL_METRIC_EXPORT_TIMEOUT",
        "OTEL_BSP_SCHEDULE_DELAY",
        "OTEL_BSP_EXPORT_TIMEOUT",
        "OTEL_BSP_MAX_QUEUE_SIZE",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        "OTEL_BLRP_SCHEDULE_DELAY",
        "OTEL_BLRP_EXPORT_TIMEOUT",
        "OTEL_BLRP_MAX_QUEUE_SIZE",
        "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
    ];

    /// <summary>OTLP's variables exist for all signals and for each.</summary>
    private static readonly string[] Signals = ["", "TRACES_", "METRICS_", "LOGS_"];

    /// <summary>Whether anything is exported.</summary>
    public bool IsWanted => ApplicationInsights is not null || Otlp;

    /// <summary>Opens the files that the variables name, and tries a directory: read them once.</summary>
    /// <param name="variables">Gets the hints.</param>
    public static TelemetrySettings Read(VariableReader variables)
    {
        // As the SDK reads it, for whatever is made with it: what Prometheus scrapes, too.
        if (bool.TryParse(variables.Section(SdkDisabled).Value, out bool isDisabled) && isDisabled)
        {
            variables.AddHint(SdkDisabled, "is true: no telemetry is sent, and /metrics of hx serve is empty");
            return None;
        }

        string? insights = variables.Optional(Variables.ApplicationInsights, ConnectionStringProblem, NotSentThere);
        bool otlp = variables.Optional(Variables.OtlpEndpoint, UrlProblem, NotSentThere) is not null;
        if (insights is null && !otlp)
        {
            return None;
        }

        // The SDK reads these for whatever exporter there is.
        bool areNumbersRight = AreRight(variables, Numbers, NumberProblem, NotSent);
        if (otlp)
        {
            otlp =
                AreRight(variables, Otlps("ENDPOINT").Skip(1), UrlProblem, NotSentThere)
                & AreRight(variables, Otlps("HEADERS"), HeadersProblem, NotSentThere)
                & AreRight(variables, Otlps("TIMEOUT"), NumberProblem, NotSentThere)
                & AreUsable(variables, OtlpFiles.FindProblems(variables));
        }

        return areNumbersRight ? new(insights, otlp) : None;
    }

    private static IEnumerable<string> Otlps(string end) => Signals.Select(signal => $"OTEL_EXPORTER_OTLP_{signal}{end}");

    /// <summary>All are looked at, so that each that is wrong is told.</summary>
    private static bool AreRight(VariableReader variables, IEnumerable<string> names, Func<string, string?> problemOf, string consequence)
    {
        string[] wrong = [.. names.Where(name => variables.IsSet(name) && variables.Optional(name, problemOf, consequence) is null)];
        return wrong.Length == 0;
    }

    private static bool AreUsable(VariableReader variables, IEnumerable<ConfigurationProblem> found)
    {
        ConfigurationProblem[] wrong = [.. found];
        foreach (ConfigurationProblem problem in wrong)
        {
            variables.AddHint(problem.Variable, $"{problem.Problem}. {NotSentThere}");
        }

        return wrong.Length == 0;
    }

    /// <summary>Of <c>key=value</c> pairs with a key of the instrumentation
    /// (https://learn.microsoft.com/azure/azure-monitor/app/connection-strings).</summary>
    private static string? ConnectionStringProblem(string value)
    {
        string[][] pairs =
        [
            .. value
                .Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(part => part.Split('=', 2, StringSplitOptions.TrimEntries)),
        ];
        string? Find(string key) =>
            Array.Find(pairs, pair => pair.Length == 2 && pair[0].Equals(key, StringComparison.OrdinalIgnoreCase))?[1];
        return Array.Exists(pairs, pair => pair.Length != 2 || pair[0].Length == 0)
            || pairs.DistinctBy(pair => pair[0], StringComparer.OrdinalIgnoreCase).Count() != pairs.Length
            || string.IsNullOrEmpty(Find(InstrumentationKey))
                ? $"must be a connection string of Application Insights ({InstrumentationKey}=…;IngestionEndpoint=…)"
            : Find("IngestionEndpoint") is { } endpoint && UrlProblem(endpoint) is not null ? "has an IngestionEndpoint that is not a URL"
            : null;
    }

    private static string? UrlProblem(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https"
            ? null
            : "must be a URL: http:// or https://";

    /// <summary>The exporter decodes the whole before it splits it, and throws at a name that it has already.</summary>
    private static string? HeadersProblem(string value)
    {
        string[] headers = Uri.UnescapeDataString(value).Split(',');
        return !headers.All(header => header.IndexOf('=', StringComparison.Ordinal) > 0)
                ? "must be name=value pairs with commas between (%2C counts as one)"
            : headers.Select(header => header.Split('=')[0].Trim()).Append(OwnHeader).Distinct().Count() <= headers.Length
                ? $"must have each name once, and not {OwnHeader}"
            : null;
    }

    /// <summary>The SDK ignores what is no number, and throws at one that is too small.</summary>
    private static string? NumberProblem(string value) =>
        int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) && number > 0
            ? null
            : "must be a whole number greater than 0";
}
