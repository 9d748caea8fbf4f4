using YarpGateway;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.AddServerHeader = false;
    // Uploads are the backend's to limit: Kestrel refuses more than 30 MB by itself, and less than 240 bytes a second.
    kestrel.Limits.MaxRequestBodySize = null;
    kestrel.Limits.MinRequestBodyDataRate = null;
    // Tokens are long, and clients of models send many headers.
    kestrel.Limits.MaxRequestLineSize = 16 * 1024;
    kestrel.Limits.MaxRequestHeadersTotalSize = 64 * 1024;
    kestrel.Limits.MaxRequestHeaderCount = 200;
});
builder.Services.AddHxGuard(builder.Configuration.GetSection("HxGuard"));
builder
    .Services.AddReverseProxy()
    .LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"))
    .AddTransforms(TargetAsReceived.AddTo)
    // Shorter than uvicorn's, which is 5 s, and gunicorn's, which is 2 s (LiteLLM's --run_gunicorn). What has been idle for so long is
    // closed within another second.
    .ConfigureHttpClient((_, handler) => handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(0.5));

WebApplication app = builder.Build();
app.UseHxGuard();
app.MapReverseProxy();
app.Run();
