using System.Globalization;
using System.Text.Json;
using HxFunctions.Cli.Commands;
using HxFunctions.Cli.Demo;
using HxFunctions.Core.Routing;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HxFunctions.SystemTests.Commands;

/// <summary>A stand-in LiteLLM behind a gateway that asks the real product, whose three dependencies are as the test says; and <c>hx
/// smoke</c> against them.</summary>
internal sealed class SmokeRig : IAsyncDisposable
{
    public const string FunctionKey = "made-up-function-key";

    private const string MasterKey = "made-up-master-key-of-tests";

    private SmokeRig(LiteLlmStandIn liteLlm, HxInstance hx, StandInGateway gateway)
    {
        LiteLlm = liteLlm;
        Hx = hx;
        Gateway = gateway;
    }

    public LiteLlmStandIn LiteLlm { get; }

    public HxInstance Hx { get; }

    public StandInGateway Gateway { get; }

    /// <param name="liteLlm">Its options; with a root path the gateway's URL gets it, too.</param>
    /// <param name="failing">Dependencies that are down.</param>
    /// <param name="missing">Dependencies that are not there at all.</param>
    public static async Task<SmokeRig> StartAsync(
        LiteLlmOptions? liteLlm = null,
        string[]? failing = null,
        string[]? missing = null,
        string? guardKey = FunctionKey,
        params (string Name, string? Value)[] variables
    )
    {
        Dictionary<string, string?> all = new()
        {
            // The default rules, but needing what the test can make fail: PostgreSQL and Redis would have to be configured.
            ["GUARD_ROUTES"] = string.Join(';', DefaultRules.Prefixes.Select(r => $"{r.Route}=thing")),
            ["WRAPPER_KEYS"] = $"gateway={FunctionKey};master={MasterKey}",
            ["HEALTH_CHECK_INTERVAL"] = "3600",
            ["GUARD_MAX_STALENESS"] = "0.3",
            ["HEALTH_FALL"] = "1",
            ["HEALTH_RISE"] = "1",
        };
        foreach ((string name, string? value) in variables)
        {
            all[name] = value;
        }

        HxInstance hx = await HxInstance.StartAsync(
            all,
            services =>
            {
                foreach (string name in new[] { "postgres", "redis", "qdrant", "thing" }.Except(missing ?? []))
                {
                    StubCheck check = failing?.Contains(name) == true ? StubCheck.Failing() : new();
                    services.AddHealthChecks().Add(new HealthCheckRegistration(name, check, null, null, TimeSpan.FromSeconds(20)));
                }
            }
        );
        await hx.GetAsync("health/all?live=true", null, ("x-functions-key", MasterKey));
        LiteLlmStandIn standIn = await LiteLlmStandIn.StartAsync(liteLlm);
        return new(standIn, hx, await standIn.StartGuardedAsync(hx.Address, guardKey));
    }

    /// <param name="gateway">Past the guard, e.g.; <see langword="null"/>: the guarded one.</param>
    public Task<Smoked> SmokeAsync(string more = "", Uri? gateway = null) => Smoked.RunAsync($"{Line(gateway)} {more}");

    /// <summary>The options that every run needs.</summary>
    public string Line(Uri? gateway = null) =>
        $"--gateway={gateway ?? Gateway.Address} --key-env={Smoked.MasterVariable} --functions={Hx.Address} "
        + $"--functions-key-env={Smoked.FunctionVariable}";

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await LiteLlm.DisposeAsync();
        await Hx.DisposeAsync();
    }
}

/// <summary>How a run of <c>hx smoke --json</c> ended.</summary>
internal sealed record Smoked(int Code, JsonElement Json, string Output, string Error)
{
    public const string MasterVariable = "HX_TESTS_SMOKE_MASTER",
        FunctionVariable = "HX_TESTS_SMOKE_FUNCTION",
        WrongVariable = "HX_TESTS_SMOKE_WRONG";
    public const string LlmApiVariable = "HX_TESTS_SMOKE_LLM_API",
        NoRoleVariable = "HX_TESTS_SMOKE_NO_ROLE",
        InternalUserVariable = "HX_TESTS_SMOKE_INTERNAL_USER";
    public const string Wrong = "sk-c4n4ry-c4n4ry";

    /// <summary>Of these tests alone, and never changed: other tests may run meanwhile.</summary>
    static Smoked()
    {
        foreach ((string name, string value) in Keys)
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }

    public static (string Name, string Value)[] Keys { get; } =
    [
        (MasterVariable, LiteLlmOptions.MasterKey),
        (FunctionVariable, SmokeRig.FunctionKey),
        (WrongVariable, Wrong),
        (LlmApiVariable, LiteLlmOptions.LlmApiKey),
        (NoRoleVariable, LiteLlmOptions.NoRoleKey),
        (InternalUserVariable, LiteLlmOptions.InternalUserKey),
    ];

    public IReadOnlyList<JsonElement> Checks => [.. Json.GetProperty("checks").EnumerateArray()];

    public static async Task<Smoked> RunAsync(string commandLine)
    {
        StringWriter output = new(CultureInfo.InvariantCulture),
            error = new(CultureInfo.InvariantCulture);
        int code = await HxCommand.RunAsync(
            ["smoke", .. commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--json"],
            output,
            error
        );
        JsonElement json = output.ToString().Length == 0 ? default : JsonDocument.Parse(output.ToString()).RootElement.Clone();
        return new(code, json, output.ToString(), error.ToString());
    }

    /// <summary>One result: status, what was found, and what to do.</summary>
    public (string Status, string Found, string Advice) Of(string suite, string name)
    {
        JsonElement check = Checks.Single(c => c.Text("suite") == suite && c.Text("name") == name);
        return (check.Text("status"), check.Text("found"), check.Text("advice"));
    }

    /// <summary>The results of guarded routes.</summary>
    public IReadOnlyList<JsonElement> Routes => [.. Checks.Where(c => c.Text("suite").StartsWith("route ", StringComparison.Ordinal))];

    /// <summary>The suites with a failure, each once.</summary>
    public string[] Failing => [.. Checks.Where(c => c.Text("status") == "fail").Select(c => c.Text("suite")).Distinct()];
}

internal static class SmokedExtensions
{
    /// <summary>A member's text; empty when it isn't there.</summary>
    public static string Text(this JsonElement check, string name) =>
        check.TryGetProperty(name, out JsonElement member) ? member.GetString()! : "";

    /// <summary>Without the advice.</summary>
    public static (string Status, string Found) Outcome(this (string Status, string Found, string Advice) check) =>
        (check.Status, check.Found);
}
