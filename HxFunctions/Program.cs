using HxFunctions.Core.Configuration;
using HxFunctions.Core.Hosting;
using HxFunctions.Hosting;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

// Loads the drivers in parallel with the host's start, which leaves a core free.
DriverWarmUp.BeginEarly();

FunctionsApplicationBuilder builder = FunctionsApplication.CreateBuilder(args);

// First, so that the logging scope covers the whole invocation.
builder.UseMiddleware<InvocationScopeMiddleware>();
builder.ConfigureFunctionsWebApplication();

// After ConfigureFunctionsWebApplication, which attaches the HttpContext that this middleware needs.
builder.UseMiddleware<HttpAnswerMiddleware>();

// Before any function.
builder.AddPrincipals();
builder.AddServerLimits();
builder.AddHostLog();

// Read here for all that follows. The warm-up above reads for itself.
HxSettings settings = HxSettingsReader.Read(builder.Configuration);
builder.Services.AddHxFunctions(settings);

// After the settings are read, which reports log levels without a meaning. Here they are replaced by ones that have one.
builder.Configuration.AddInMemoryCollection(LogLevelNames.Corrections(builder.Configuration));
builder.AddTelemetry(settings.Telemetry);
builder.Build().Run();
