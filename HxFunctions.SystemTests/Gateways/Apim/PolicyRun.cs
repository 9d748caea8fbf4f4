using System.Globalization;
using System.Xml.Linq;

namespace HxFunctions.SystemTests.Gateways.Apim;

/// <summary>One request through the policy's sections.</summary>
internal sealed class PolicyRun(PolicyGateway gateway, PolicyMessage request, PolicyUrl url)
{
    private readonly PolicyContext _context = new(
        new PolicyRequest(request.Method, url, "127.0.0.1"),
        new PolicySubscription("a-subscription")
    );
    private PolicyAnswer? _answer;
    private int _evaluated;

    public async Task<PolicyAnswer> RunAsync()
    {
        try
        {
            foreach (string section in new[] { "inbound", "backend", "outbound" })
            {
                await RunAsync(gateway.Section(section));
                if (section == "backend")
                {
                    _answer ??= Forward();
                }
                else if (_answer is not null)
                {
                    return _answer;
                }
            }

            return _answer!;
        }
        catch (PolicyError error)
        {
            _answer = null;
            await RunAsync(gateway.Section("on-error"));
            return _answer ?? new(error.Status, new Dictionary<string, string>(), error.Message);
        }
    }

    private async Task RunAsync(XElement? statements)
    {
        foreach (XElement statement in statements?.Elements() ?? [])
        {
            await StepAsync(statement);
            if (_answer is not null)
            {
                return;
            }
        }
    }

    private async Task StepAsync(XElement statement)
    {
        switch (statement.Name.LocalName)
        {
            case "base":
            // The section is what forwards, whatever its element says about how.
            case "forward-request":
                break;
            case "include-fragment":
                await RunAsync(gateway.Fragment(Raw(statement, "fragment-id")));
                break;
            case "set-variable":
                _context.Variables.Set(Raw(statement, "name"), Value(Raw(statement, "value")));
                break;
            case "set-header":
                SetHeader(statement, request.Headers);
                break;
            case "set-query-parameter":
                request = request with { Target = WithoutParameter(request.Target, Raw(statement, "name")) };
                break;
            case "cache-lookup-value":
                if (gateway.Cache.TryGet(Text(Raw(statement, "key")), out string? found))
                {
                    _context.Variables.Set(Raw(statement, "variable-name"), found);
                }

                break;
            case "cache-store-value":
                gateway.Cache.Set(Text(Raw(statement, "key")), Text(Raw(statement, "value")), Duration(statement));
                break;
            case "authentication-managed-identity":
                _context.Variables.Set(Raw(statement, "output-token-variable-name"), Token(Raw(statement, "resource")));
                break;
            case "choose":
                await RunAsync(statement.Elements().FirstOrDefault(branch => branch.Name == "otherwise" || Condition(branch)));
                break;
            case "send-request":
                PolicyResponse? response = await SendAsync(statement);
                if (response is not null || !gateway.KeepsVariableWithoutAnswer)
                {
                    _context.Variables.Set(Raw(statement, "response-variable-name"), response);
                }

                break;
            case "rate-limit-by-key":
                Limit(statement, Text(Raw(statement, "counter-key")));
                break;
            case "rate-limit":
                // "Only applied when an API is accessed using a subscription key": the policy's page.
                if (_context.Subscription is { } subscription)
                {
                    Limit(statement, subscription.Id);
                }

                break;
            case "return-response":
                _answer = Answer(statement);
                break;
            default:
                throw new PolicyFault($"<{statement.Name}> can't be run.");
        }
    }

    private async Task<PolicyResponse?> SendAsync(XElement statement)
    {
        PolicyMessage question = new(
            statement.Element("set-method")!.Value,
            Text(statement.Element("set-url")!.Value),
            new(StringComparer.OrdinalIgnoreCase)
        );
        foreach (XElement header in statement.Elements("set-header"))
        {
            SetHeader(header, question.Headers);
        }

        gateway.Callouts.Add(question);
        using HttpRequestMessage message = new(new HttpMethod(question.Method), question.Target);
        foreach ((string name, string value) in question.Headers)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(Number(statement, "timeout") * gateway.Patience));
        try
        {
            using HttpResponseMessage response = await gateway.Client.SendAsync(message, deadline.Token);
            return new((int)response.StatusCode, await response.Content.ReadAsStringAsync(deadline.Token));
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // ignore-error="true", which the schema insists on. A header that can't be sent comes here, too.
            return null;
        }
    }

    private PolicyAnswer Answer(XElement statement)
    {
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        foreach (XElement header in statement.Elements("set-header"))
        {
            SetHeader(header, headers);
        }

        return new(Number(statement.Element("set-status")!, "code"), headers, Text(statement.Element("set-body")!.Value));
    }

    private PolicyAnswer Forward()
    {
        gateway.Passed.Add(request);
        return new(200, new Dictionary<string, string>(), "backend");
    }

    private string Token(string resource)
    {
        gateway.Resources.Add(resource);
        // ignore-error="false", which the schema insists on.
        return gateway.Token ?? throw new PolicyError(500, "There is no token.");
    }

    private void Limit(XElement statement, string key)
    {
        if (!gateway.Calls.TryGetValue(key, out Queue<DateTimeOffset>? calls))
        {
            gateway.Calls[key] = calls = [];
        }

        DateTimeOffset now = gateway.Time.GetUtcNow();
        while (calls.TryPeek(out DateTimeOffset oldest) && now - oldest >= TimeSpan.FromSeconds(Number(statement, "renewal-period")))
        {
            calls.Dequeue();
        }

        if (calls.Count >= Number(statement, "calls"))
        {
            throw new PolicyError(429, "Rate limit is exceeded.");
        }

        calls.Enqueue(now);
    }

    private void SetHeader(XElement header, Dictionary<string, string> headers)
    {
        if (Raw(header, "exists-action") == "delete")
        {
            headers.Remove(Raw(header, "name"));
        }
        else
        {
            headers[Raw(header, "name")] = Text(header.Element("value")!.Value);
        }
    }

    /// <summary>What "delete" makes of a parameter in the query, all others being as they were.</summary>
    private static string WithoutParameter(string target, string name)
    {
        PolicyUrl whole = PolicyUrl.Of(target);
        string[] kept =
        [
            .. whole
                .QueryString.TrimStart('?')
                .Split('&')
                .Where(part => !part.Split('=')[0].Equals(name, StringComparison.OrdinalIgnoreCase)),
        ];
        string query = string.Join('&', kept);
        return query.Length == 0 ? whole.Path : $"{whole.Path}?{query}";
    }

    private bool Condition(XElement when) =>
        Value(Raw(when, "condition")) as bool? ?? throw new PolicyFault("A condition must be true or false.");

    private static string Raw(XElement element, string attribute) => element.Attribute(attribute)!.Value;

    private int Duration(XElement store) =>
        Value(Raw(store, "duration")) as int? ?? throw new PolicyFault("A duration must be a number of seconds.");

    private static int Number(XElement element, string attribute) => int.Parse(Raw(element, attribute), CultureInfo.InvariantCulture);

    private string Text(string text) => Value(text) as string ?? throw new PolicyFault($"A text is expected from {text}");

    private object? Value(string text)
    {
        if (!PolicyExpressions.IsExpression(text))
        {
            return text;
        }

        try
        {
            if (_evaluated++ == gateway.ThrowAt)
            {
                throw new InvalidOperationException("The test makes this expression throw.");
            }

            return gateway.Expressions[text](_context);
        }
        catch (Exception e)
        {
            throw new PolicyError(500, e.Message);
        }
    }
}

/// <summary>What sends a request to on-error.</summary>
/// <param name="status">What the caller gets when on-error has nothing to say.</param>
internal sealed class PolicyError(int status, string message) : Exception(message)
{
    public int Status => status;
}
