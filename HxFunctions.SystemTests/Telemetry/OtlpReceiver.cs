using System.Collections.Concurrent;
using HxFunctions.SystemTests.Gateways;
using HxFunctions.Tests.Telemetry;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.SystemTests.Telemetry;

/// <summary>A receiver of OTLP over HTTP that decodes what comes: https://opentelemetry.io/docs/specs/otlp/#otlphttp</summary>
/// <remarks>The field numbers are those of opentelemetry-proto, <c>metrics.proto</c>, <c>trace.proto</c>, <c>logs.proto</c> and
/// <c>common.proto</c>.</remarks>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly StandInServer _server;
    private readonly ConcurrentQueue<OtlpItem> _items = new();

    private OtlpReceiver(StandInServer server)
    {
        _server = server;
        server.Answer = context =>
            $"{context.Request.Method} {context.Request.Path}" switch
            {
                "POST /v1/metrics" => TakeAsync(context, MetricsOf),
                "POST /v1/traces" => TakeAsync(context, SpansOf),
                "POST /v1/logs" => TakeAsync(context, LogsOf),
                _ => StandInServer.Say(404, "")(context),
            };
    }

    public Uri Address => new(_server.Url);

    /// <summary>All that came so far, in order.</summary>
    public IReadOnlyList<OtlpItem> Items => [.. _items];

    public static async Task<OtlpReceiver> StartAsync() => new(await StandInServer.StartAsync());

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task TakeAsync(HttpContext context, Func<Protobuf, IEnumerable<OtlpItem>> itemsOf)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body);
        foreach (OtlpItem item in itemsOf(new Protobuf(body.ToArray())))
        {
            _items.Enqueue(item);
        }
        // An empty ExportServiceResponse.
        context.Response.ContentType = "application/x-protobuf";
    }

    /// <summary>resource_metrics 1, scope_metrics 2, metrics 2; gauge 5, sum 7, histogram 9, whose data points are 1.</summary>
    private static IEnumerable<OtlpItem> MetricsOf(Protobuf request) =>
        from resource in request.All(1)
        from scope in resource.All(2)
        from metric in scope.All(2)
        from kind in new[] { (Field: 5, Attributes: 7), (Field: 7, Attributes: 7), (Field: 9, Attributes: 9) }
        from data in metric.All(kind.Field)
        from point in data.All(1)
        // NumberDataPoint: as_double 4, as_int 6. HistogramDataPoint: count 4 (fixed64), sum 5.
        let value = kind.Field == 9 ? point.Number(4) : point.Number(6) ?? point.Double(4)
        select new OtlpItem(
            "metric",
            metric.Text(1),
            AttributesOf(point.All(kind.Attributes)),
            AttributesOf(resource.One(1)?.All(1) ?? []),
            value ?? 0
        );

    /// <summary>resource_spans 1, scope_spans 2, spans 2: trace_id 1, parent_span_id 4, name 5, attributes 9.</summary>
    private static IEnumerable<OtlpItem> SpansOf(Protobuf request) =>
        from resource in request.All(1)
        from scope in resource.All(2)
        from span in scope.All(2)
        select new OtlpItem("span", span.Text(5), AttributesOf(span.All(9)), AttributesOf(resource.One(1)?.All(1) ?? []), 0);

    /// <summary>resource_logs 1, scope_logs 2, log_records 2: severity_number 2, body 5, attributes 6.</summary>
    private static IEnumerable<OtlpItem> LogsOf(Protobuf request) =>
        from resource in request.All(1)
        from scope in resource.All(2)
        from record in scope.All(2)
        select new OtlpItem(
            "log",
            record.One(5)?.Text(1) ?? "",
            AttributesOf(record.All(6)),
            AttributesOf(resource.One(1)?.All(1) ?? []),
            record.Number(2) ?? 0
        );

    /// <summary>KeyValue: key 1, value 2; AnyValue: string 1, bool 2, int 3, double 4.</summary>
    private static Dictionary<string, string> AttributesOf(IEnumerable<Protobuf> attributes)
    {
        Dictionary<string, string> all = [];
        foreach (Protobuf attribute in attributes)
        {
            Protobuf? value = attribute.One(2);
            all[attribute.Text(1)] = value?.Text(1) is { Length: > 0 } text ? text : $"{value?.Number(3) ?? value?.Number(2)}";
        }

        return all;
    }
}

/// <summary>A data point, span or log record.</summary>
/// <param name="Kind"><c>metric</c>, <c>span</c> or <c>log</c>.</param>
/// <param name="Name">The metric's or span's name, or the record's text.</param>
/// <param name="Value">The point's value, or the record's severity (9 information, 13 warning).</param>
internal sealed record OtlpItem(
    string Kind,
    string Name,
    IReadOnlyDictionary<string, string> Attributes,
    IReadOnlyDictionary<string, string> Resource,
    double Value
);
