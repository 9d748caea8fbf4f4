using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>
/// A mistake in a gateway's files that leaves the guard with a pattern, a name or nothing in the place of the path: everything is refused.
/// The guard finds all up, so that it would call a path open.
/// </summary>
public sealed class MiswiredGatewayTests(ModelBackendFixture fixture) : IClassFixture<ModelBackendFixture>
{
    [Theory]
    [InlineData("nginx", "~^(?<hx_before_query>[^?]*)", "~^(?<hx_before_query>[^/]*)")]
    [InlineData("nginx", "\" $hx_before_query;", "\" hx_before_query;")]
    [InlineData("nginx", "map $request_uri $hx_path", "map $arg_path $hx_path")]
    [InlineData("caddy", "~^([^?]*) \"${1}\"", "~^([^?]*) \"${2}\"")]
    [InlineData("caddy", "~^([^?]*) \"${1}\"", "~^nothing \"${1}\"")]
    [InlineData("caddy", "header_up X-Original-URI {hx_path}", "header_up X-Original-URI {hx_paht}")]
    [InlineData("caddy", "header_up X-Original-URI {hx_path}", "header_up X-Original-URI hx_path")]
    [InlineData("caddy", "{http.vars.hx_path}", "{http.vars.path}")]
    [InlineData("haproxy", "set-var(txn.hx_path) path", "set-var(txn.hx_path) path,field(9,?)")]
    [InlineData("haproxy", "set-var(txn.hx_path) path", "set-var(txn.hx_path) str(path)")]
    [InlineData("haproxy", "set-var(txn.hx_path)", "set-var(txn.path)")]
    [InlineData("haproxy", "set-var(txn.hx_path) path", "set-var(txn.hx_path) query")]
    public async Task Guard_that_is_told_no_path_refuses(string program, string right, string wrong)
    {
        await using HxInstance guard = await Surface.StartCheckedAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys));
        GatewaySetup setup = new(guard.Address.Port, fixture.Backend.Port) { Mistakes = [(right, wrong)] };
        await using IGateway gateway = program switch
        {
            "nginx" => await NginxServer.StartAsync(setup),
            "caddy" => await CaddyServer.StartAsync(setup),
            _ => await HAProxyGateway.StartAsync(setup),
        };

        foreach (string target in new[] { "/v1/keys", "/v1/models", "/v1/models?x=1" })
        {
            RawResponse answer = (await gateway.SendAsync("POST", target))!;
            Assert.True(answer.Status == 503 && !answer.Headers.ContainsKey("x-backend"), $"{target}: {answer.Status} {answer.Body}");
        }
    }
}
