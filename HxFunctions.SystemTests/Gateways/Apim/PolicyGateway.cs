using System.Security;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace HxFunctions.SystemTests.Gateways.Apim;

/// <summary>A gateway that runs the policies of <c>infra/apim</c> as they are deployed: their text, with named values filled in.</summary>
internal sealed partial class PolicyGateway : IDisposable
{
    private readonly XElement _api;
    private readonly Dictionary<string, XElement> _fragments;

    private PolicyGateway(XElement api, Dictionary<string, XElement> fragments, TimeProvider time)
    {
        _api = api;
        _fragments = fragments;
        Time = time;
        Cache = new(time);
        foreach (XElement document in fragments.Values.Append(api))
        {
            PolicySchema.Check(document);
        }

        Expressions = PolicyExpressions.Compile(fragments.Values.Append(api).SelectMany(ExpressionsOf));
    }

    public TimeProvider Time { get; }

    public PolicyCache Cache { get; }

    /// <summary>The requests that were let pass, with the headers that the backend gets.</summary>
    public List<PolicyMessage> Passed { get; } = [];

    /// <summary>What was sent to the guard.</summary>
    public List<PolicyMessage> Callouts { get; } = [];

    public Dictionary<string, Queue<DateTimeOffset>> Calls { get; } = [];

    /// <summary>What the service's identity gets from Entra; null: nothing.</summary>
    public string? Token { get; set; }

    /// <summary>What a token was asked for, each time.</summary>
    public List<string> Resources { get; } = [];

    /// <summary>The expression that throws, counted from 0 in the order of evaluation; null: none.</summary>
    public int? ThrowAt { get; set; }

    /// <summary>No answer to a send-request leaves its variable as it was; else it becomes null. The documents can be read both
    /// ways.</summary>
    public bool KeepsVariableWithoutAnswer { get; set; }

    /// <summary>How many seconds the gateway waits for each that the policy grants: on a busy machine an answer that comes must not be
    /// missed.</summary>
    public double Patience { get; set; } = 10;

    internal IReadOnlyDictionary<string, PolicyExpression> Expressions { get; }

    /// <summary>Straight to the guard; what it answers is taken as it is.</summary>
    internal HttpClient Client { get; } =
        new(
            new SocketsHttpHandler
            {
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
            }
        );

    /// <param name="values">The named values.</param>
    public static PolicyGateway Load(PolicyVariant variant, IReadOnlyDictionary<string, string> values, TimeProvider time) =>
        Load(variant.ApiPolicy(), variant.Fragments(), values, time);

    public static PolicyGateway Load(
        string api,
        IReadOnlyDictionary<string, string> fragments,
        IReadOnlyDictionary<string, string> values,
        TimeProvider time
    ) => new(Parse(api, values), fragments.ToDictionary(pair => pair.Key, pair => Parse(pair.Value, values)), time);

    public Task<PolicyAnswer> SendAsync(string method, string target, params (string Name, string Value)[] headers) =>
        SendAsync(method, PolicyUrl.Of(target), headers);

    public Task<PolicyAnswer> SendAsync(string method, PolicyUrl url, params (string Name, string Value)[] headers)
    {
        Dictionary<string, string> all = headers.ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.OrdinalIgnoreCase);
        return new PolicyRun(this, new(method, url.Path + url.QueryString, all), url).RunAsync();
    }

    public void Dispose() => Client.Dispose();

    internal XElement? Section(string name) => _api.Element(name);

    internal XElement Fragment(string id) =>
        _fragments.TryGetValue(id, out XElement? fragment) ? fragment : throw new PolicyFault($"There is no fragment {id}.");

    private static XElement Parse(string text, IReadOnlyDictionary<string, string> values) =>
        XElement.Parse(
            NamedValue()
                .Replace(
                    text,
                    match =>
                        values.TryGetValue(match.Groups[1].Value, out string? value)
                            ? SecurityElement.Escape(value)
                            : throw new PolicyFault($"There is no named value {match.Groups[1].Value}.")
                )
        );

    private static IEnumerable<string> ExpressionsOf(XElement document) =>
        document
            .DescendantsAndSelf()
            .SelectMany(element =>
                element.Attributes().Select(attribute => attribute.Value).Concat(element.HasElements ? [] : [element.Value])
            )
            .Where(PolicyExpressions.IsExpression);

    [GeneratedRegex(@"\{\{([A-Za-z0-9._-]+)\}\}")]
    private static partial Regex NamedValue();
}

/// <summary>A request on its way.</summary>
/// <param name="Target">Path and query for the caller's request, the whole URL for one to the guard.</param>
internal sealed record PolicyMessage(string Method, string Target, Dictionary<string, string> Headers);

/// <summary>What the caller gets.</summary>
internal sealed record PolicyAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body);
