using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using HxFunctions.Cli.Serving;
using HxFunctions.SystemTests.Worker.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Content = HxFunctions.SystemTests.Worker.Protocol.StreamingMessage.ContentOneofCase;

namespace HxFunctions.SystemTests.Worker;

/// <summary>
/// The Functions host's part in running the built HxFunctions: starts it as a process, loads all its functions, hands requests to it
/// and keeps a log. Keys, the timer's schedule and the limits of the host's own server are not played.
/// </summary>
internal sealed class PlayedHost : IAsyncDisposable
{
    /// <summary>Far beyond what anything here takes, on a busy machine too.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private const string Due = """{"Schedule":{"AdjustForDST":true},"ScheduleStatus":null,"IsPastDue":false}""";

    private readonly WebApplication _server;
    private readonly WorkerStream _stream;
    private readonly HttpClient _client = new() { Timeout = Patience };
    private readonly string _folder;
    private IReadOnlyList<RpcFunctionMetadata> _metadata = [];

    private PlayedHost(WebApplication server, WorkerStream stream, WorkerProcess process, HostLog log, string folder)
    {
        _folder = folder;
        _server = server;
        _stream = stream;
        Process = process;
        Log = log;
    }

    public WorkerProcess Process { get; }

    public HostLog Log { get; }

    /// <summary>Whether the host keeps the traces that its invocations belong to.</summary>
    public bool SamplesTraces { get; set; } = true;

    /// <summary>What the worker says that it can do.</summary>
    public IReadOnlyDictionary<string, string> Capabilities { get; private set; } = new Dictionary<string, string>();

    /// <summary>In the order of their names, in which the host tries routes.</summary>
    public IReadOnlyList<WorkerFunction> Functions { get; private set; } = [];

    /// <summary>When the worker had answered WorkerInitRequest, on the monotonic clock.</summary>
    public long Initialized { get; private set; }

    /// <summary>Where the worker takes HTTP requests.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Starts the app and returns when all its functions are loaded.</summary>
    /// <param name="variables">The app's settings.</param>
    /// <param name="folder">Where the app is; <see langword="null"/>: where the solution's build put it.</param>
    public static async Task<PlayedHost> StartAsync(IReadOnlyDictionary<string, string?> variables, string? folder = null)
    {
        folder ??= WorkerApp.Folder;
        HostLog log = new();
        string workerId = Guid.NewGuid().ToString();
        WorkerStream stream = new(workerId, log);
        WebApplication server = await ListenAsync(stream);
        WorkerProcess process = WorkerProcess.Start(folder, server.GetBoundAddress(), workerId, variables, log);
        PlayedHost host = new(server, stream, process, log, folder);
        try
        {
            await host.LoadAsync();
            return host;
        }
        catch (Exception exception)
        {
            await host.DisposeAsync();
            throw new InvalidOperationException($"The worker did not start: {exception.Message}\n{log}", exception);
        }
    }

    /// <summary>Sends a request to the function that the host would choose for it.</summary>
    /// <param name="target">Path and query, sent as they are.</param>
    public Task<WorkerAnswer> SendAsync(
        string method,
        string target,
        HttpContent? content = null,
        params (string Name, string Value)[] headers
    ) => SendAsync(Invoke(method, target), method, target, content, headers);

    /// <summary>Sends a request to another function than the host would choose for it.</summary>
    public Task<WorkerAnswer> SendToAsync(WorkerFunction function, string method, string target) =>
        SendAsync(Invoke(function, []), method, target, null, []);

    public Task<WorkerAnswer> GetAsync(string target, params (string Name, string Value)[] headers) =>
        SendAsync("GET", target, null, headers);

    /// <summary>Loads a timer's function once more, as one that HTTP requests go to, which it has no answer for.</summary>
    public async Task<WorkerFunction> LoadForHttpAsync(WorkerFunction timer)
    {
        RpcFunctionMetadata metadata = _metadata.Single(function => function.FunctionId == timer.Id).Clone();
        metadata.FunctionId = Guid.NewGuid().ToString();
        metadata.Bindings[timer.Binding].Type = "httpTrigger";
        await LoadAsync(metadata);
        return timer with { Id = metadata.FunctionId, Trigger = "httpTrigger" };
    }

    /// <summary>Asks until it is answered so, which takes a moment after a change.</summary>
    /// <param name="body">What stands in the answer's body. A dependency that isn't checked yet may have the same status.</param>
    /// <exception cref="TimeoutException">It never was.</exception>
    public async Task<WorkerAnswer> UntilAsync(string target, int status, string body = "")
    {
        long since = Stopwatch.GetTimestamp();
        while (true)
        {
            WorkerAnswer answer = await GetAsync(target);
            if (answer.Status == status && answer.Body.Contains(body, StringComparison.Ordinal))
            {
                return answer;
            }

            if (Stopwatch.GetElapsedTime(since) > Patience)
            {
                throw new TimeoutException($"{target} is still answered {answer.Status}, not {status}: {answer.Body}\n{Log}");
            }

            await Task.Delay(20);
        }
    }

    /// <summary>Begins an invocation whose HTTP request the caller sends, with <see cref="Invocation.Header"/>.</summary>
    public Invocation Invoke(string method, string target)
    {
        (WorkerFunction function, RouteValueDictionary values) = Choose(method, target);
        return Invoke(function, values);
    }

    /// <summary>Lets a timer fire.</summary>
    /// <param name="info">What the host says of the schedule, in JSON.</param>
    public Invocation Fire(WorkerFunction timer, string info = Due) => Invoke(timer, [], new TypedData { Json = info });

    /// <summary>The same, to its end.</summary>
    public async Task<StatusResult> FireAsync(WorkerFunction timer, string info = Due) => (await Fire(timer, info).Response).Result;

    /// <summary>Tells the worker to end an invocation, as the host does with its timers before it restarts.</summary>
    public Task CancelAsync(Invocation invocation) =>
        _stream.TellAsync(new() { InvocationCancel = new() { InvocationId = invocation.Id } });

    /// <summary>Tells the worker to end.</summary>
    public Task TerminateAsync() => _stream.TellAsync(new() { WorkerTerminate = new() });

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _client.Dispose();
        await _server.DisposeAsync();
    }

    private static async Task<WebApplication> ListenAsync(WorkerStream stream)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = null);
        builder.Services.AddSingleton(stream);
        WebApplication server = builder.Build();
        server.UseRouting();
        server.MapGrpcService<WorkerStream>();
        await server.StartAsync();
        return server;
    }

    private async Task LoadAsync()
    {
        // A worker that ends instead of calling is not waited for.
        if (await Task.WhenAny(_stream.Connected, Process.Ended).WaitAsync(Patience) == Process.Ended)
        {
            throw new InvalidOperationException($"It ended with exit code {await Process.Ended}.");
        }

        StreamingMessage init = new()
        {
            WorkerInitRequest = new()
            {
                HostVersion = "4.1037.0",
                WorkerDirectory = _folder,
                FunctionAppDirectory = _folder,
            },
        };
        WorkerInitResponse initialized = (await _stream.AskAsync(init, Content.WorkerInitResponse)).WorkerInitResponse;
        Initialized = Stopwatch.GetTimestamp();
        MustSucceed(initialized.Result);
        Capabilities = initialized.Capabilities;
        Address = new Uri(Capabilities["HttpUri"]);

        StreamingMessage ask = new() { FunctionsMetadataRequest = new() { FunctionAppDirectory = _folder } };
        FunctionMetadataResponse metadata = (await _stream.AskAsync(ask, Content.FunctionMetadataResponse)).FunctionMetadataResponse;
        MustSucceed(metadata.Result);
        _metadata = metadata.FunctionMetadataResults;
        foreach (RpcFunctionMetadata function in _metadata)
        {
            await LoadAsync(function);
        }

        await UntilListeningAsync();
        Functions = [.. _metadata.Select(WorkerFunction.From).OrderBy(f => f.Name, StringComparer.Ordinal)];
    }

    /// <summary>The worker calls its host before it listens. The real host retries a request that comes that soon.</summary>
    private async Task UntilListeningAsync()
    {
        long since = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using TcpClient client = new();
                await client.ConnectAsync(Address.Host, Address.Port);
                return;
            }
            catch (SocketException) when (!Process.Ended.IsCompleted && Stopwatch.GetElapsedTime(since) < Patience)
            {
                await Task.Delay(5);
            }
        }
    }

    private async Task LoadAsync(RpcFunctionMetadata function)
    {
        function.Directory = _folder;
        StreamingMessage load = new()
        {
            FunctionLoadRequest = new() { FunctionId = function.FunctionId, Metadata = function },
        };
        MustSucceed((await _stream.AskAsync(load, Content.FunctionLoadResponse)).FunctionLoadResponse.Result);
    }

    private static void MustSucceed(StatusResult result)
    {
        if (result.Status != StatusResult.Types.Status.Success)
        {
            throw new InvalidOperationException($"{result.Exception?.Message} {result.Exception?.StackTrace}");
        }
    }

    private async Task<WorkerAnswer> SendAsync(
        Invocation invocation,
        string method,
        string target,
        HttpContent? content,
        (string Name, string Value)[] headers
    )
    {
        using HttpRequestMessage request = new(new HttpMethod(method), At(target)) { Content = content };
        request.Headers.Add(Invocation.Header, invocation.Id);
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using HttpResponseMessage response = await _client.SendAsync(request);
        string body = await response.Content.ReadAsStringAsync();
        Dictionary<string, string> all = new(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, IEnumerable<string> values) in response.Headers.Concat(response.Content.Headers))
        {
            all[name] = string.Join(", ", values);
        }

        return new((int)response.StatusCode, all, body, (await invocation.Response).Result);
    }

    private Uri At(string target) =>
        new($"http://{Address.Authority}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    private (WorkerFunction Function, RouteValueDictionary Values) Choose(string method, string target)
    {
        string path = Uri.UnescapeDataString(target.Split('?')[0]);
        foreach (WorkerFunction function in Functions)
        {
            if (function.Match(method, path) is { } values)
            {
                return (function, values);
            }
        }

        throw new InvalidOperationException($"No function takes {method} {target}.");
    }

    private Invocation Invoke(WorkerFunction function, RouteValueDictionary values) =>
        Invoke(function, values, new TypedData { Http = new() });

    private Invocation Invoke(WorkerFunction function, RouteValueDictionary values, TypedData trigger)
    {
        InvocationRequest request = new()
        {
            InvocationId = Guid.NewGuid().ToString(),
            FunctionId = function.Id,
            TraceContext = new()
            {
                TraceParent = $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-{(SamplesTraces ? "01" : "00")}",
            },
            InputData =
            {
                new ParameterBinding { Name = function.Binding, Data = trigger },
            },
        };
        foreach ((string name, object? value) in values)
        {
            if (value is not null)
            {
                request.TriggerMetadata[name] = new() { String = value.ToString() };
            }
        }

        Log.Begin(request.InvocationId);
        return new(request.InvocationId, AskAsync(request));
    }

    private async Task<InvocationResponse> AskAsync(InvocationRequest request) =>
        (await _stream.AskAsync(new() { InvocationRequest = request }, Content.InvocationResponse)).InvocationResponse;
}
