using HxFunctions.Core.Configuration;
using HxFunctions.Core.Hosting;
using HxFunctions.Hosting;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

// Beside what follows, which leaves a core free.
DriverWarmUp.BeginEarly();

FunctionsApplicationBuilder builder = FunctionsApplication.CreateBuilder(args);

// Around all else that runs in an invocation.
builder.UseMiddleware<InvocationScopeMiddleware>();
builder.ConfigureFunctionsWebApplication();

// Within what brings invocations and HTTP requests together.
builder.UseMiddleware<HttpAnswerMiddleware>();

// Before any function.
builder.AddPrincipals();
builder.AddHostLog();
builder.Services.AddHxFunctions(builder.Configuration);

// After the app has read them, which hints at levels without a meaning.
builder.Configuration.AddInMemoryCollection(LogLevelNames.Corrections(builder.Configuration));
builder.AddTelemetry();
builder.Build().Run();
