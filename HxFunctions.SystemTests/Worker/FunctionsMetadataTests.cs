using System.Text.Json;
using HxFunctions.Core.Http;

namespace HxFunctions.SystemTests.Worker;

/// <summary>
/// <c>functions.metadata</c>, which the Functions SDK writes beside the built app and the host reads: the triggers hold the same endpoints
/// as <see cref="Endpoints.All"/>, which <c>hx serve</c> maps and <c>openapi.json</c> describes.
/// </summary>
public sealed class FunctionsMetadataTests
{
    private readonly JsonElement[] _functions = Read();

    [Fact]
    public void Http_functions_are_the_endpoints()
    {
        IEnumerable<string> built = _functions.Select(TriggerOf("httpTrigger")).OfType<string>();
        IEnumerable<string> listed = Endpoints.All.Select(endpoint =>
            $"{endpoint.Name} {endpoint.Level} /{endpoint.Route} {string.Join(',', endpoint.Methods)}"
        );

        Assert.Equal(listed.Order(StringComparer.Ordinal), built.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Everything_else_is_the_timer_by_its_setting()
    {
        string[] timers =
        [
            .. _functions
                .SelectMany(function => function.GetProperty("bindings").EnumerateArray())
                .Where(binding => binding.GetProperty("type").GetString() == "timerTrigger")
                .Select(binding => binding.GetProperty("schedule").GetString()!),
        ];

        Assert.Equal(["%HEALTH_SNAPSHOT_SCHEDULE%"], timers);
        Assert.Equal(Endpoints.All.Count + timers.Length, _functions.Length);
    }

    private static Func<JsonElement, string?> TriggerOf(string type) =>
        function =>
        {
            JsonElement trigger = function
                .GetProperty("bindings")
                .EnumerateArray()
                .FirstOrDefault(binding => binding.GetProperty("type").GetString() == type);
            if (trigger.ValueKind == JsonValueKind.Undefined)
            {
                return null;
            }

            string methods = trigger.TryGetProperty("methods", out JsonElement listed)
                ? string.Join(',', listed.EnumerateArray().Select(method => method.GetString()!.ToUpperInvariant()))
                : "";
            return $"{function.GetProperty("name")} {trigger.GetProperty("authLevel")} /{trigger.GetProperty("route")} {methods}";
        };

    private static JsonElement[] Read()
    {
        string text = File.ReadAllText(Path.Combine(WorkerApp.Folder, "functions.metadata"));
        return [.. JsonDocument.Parse(text).RootElement.EnumerateArray()];
    }
}
