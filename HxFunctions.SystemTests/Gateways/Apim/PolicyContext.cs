using System.Diagnostics.CodeAnalysis;
using Newtonsoft.Json.Linq;

namespace HxFunctions.SystemTests.Gateways.Apim;

/// <summary>
/// What an expression gets to see as <c>context</c>: of API Management's documented variable the members that the policies use, with their
/// names and types (learn.microsoft.com/azure/api-management/api-management-policy-expressions). Public, as the compiled expressions are
/// another assembly.
/// </summary>
public sealed class PolicyContext(IRequest request, ISubscription? subscription)
{
    public IRequest Request { get; } = request;

    /// <summary>Null for an API that asks for no subscription.</summary>
    public ISubscription? Subscription { get; } = subscription;

    public PolicyVariables Variables { get; } = new();
}

public interface IRequest
{
    string Method { get; }

    /// <summary>As the client called.</summary>
    IUrl OriginalUrl { get; }

    string IpAddress { get; }
}

public interface IUrl
{
    string Path { get; }

    string QueryString { get; }
}

public interface ISubscription
{
    string Id { get; }
}

public interface IResponse
{
    int StatusCode { get; }

    IMessageBody Body { get; }
}

public interface IMessageBody
{
    /// <summary>Reads the body as a string or a JObject; without <paramref name="preserveContent"/> it is gone afterwards.</summary>
    [SuppressMessage("Naming", "CA1716", Justification = "API Management calls it so.")]
    T As<T>(bool preserveContent = false);
}

/// <summary>The variables of one request.</summary>
public sealed class PolicyVariables
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    /// <exception cref="KeyNotFoundException">Nobody set it.</exception>
    public object? this[string name] => _values[name];

    public bool ContainsKey(string name) => _values.ContainsKey(name);

    /// <exception cref="InvalidCastException">The value is of another type.</exception>
    public T GetValueOrDefault<T>(string name, T defaultValue) => _values.TryGetValue(name, out object? value) ? (T)value! : defaultValue;

    internal void Set(string name, object? value) => _values[name] = value;
}

internal sealed record PolicyUrl(string Path, string QueryString) : IUrl
{
    public static PolicyUrl Of(string target)
    {
        int query = target.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? new(target, "") : new(target[..query], target[query..]);
    }
}

internal sealed record PolicySubscription(string Id) : ISubscription;

internal sealed record PolicyRequest(string Method, IUrl OriginalUrl, string IpAddress) : IRequest;

/// <summary>An answer to a send-request.</summary>
internal sealed class PolicyResponse(int status, string text) : IResponse, IMessageBody
{
    private string? _text = text;

    public int StatusCode => status;

    public IMessageBody Body => this;

    public T As<T>(bool preserveContent = false)
    {
        string read = _text ?? throw new InvalidOperationException("The body has been read before.");
        if (!preserveContent)
        {
            _text = null;
        }

        if (typeof(T) == typeof(string))
        {
            return (T)(object)read;
        }

        return typeof(T) == typeof(JObject)
            ? (T)(object)JObject.Parse(read)
            : throw new NotSupportedException($"As<{typeof(T).Name}> is not known here.");
    }
}
