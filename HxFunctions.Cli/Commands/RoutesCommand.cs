using System.CommandLine;
using HxFunctions.Cli.Routes;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Routing;

namespace HxFunctions.Cli.Commands;

/// <summary><c>hx routes</c>: the rules that are in effect, and whether they fit a gateway.</summary>
internal static class RoutesCommand
{
    private const string NoDocument =
        "the gateway has no /openapi.json there (404): with SERVER_ROOT_PATH the URL must end with that path. If "
        + "the document is turned off there, save it where it is shown, and name the file with --openapi.";

    public static Command Create() =>
        new("routes", "Show what the guard guards, and check it against a gateway's routes.") { CreateList(), CreateCheck() };

    private static Command CreateList()
    {
        OutputOptions format = new();
        Command command = new(
            "list",
            "List the rules and exemptions that are in effect, and where each comes from. Exit code 0: done; 2: the configuration is wrong."
        )
        {
            format.Output,
            format.Json,
        };
        command.SetAction(
            async (parsed, _) =>
            {
                TextWriter output = parsed.InvocationConfiguration.Output;
                Settings settings = Settings.Load();
                if (await format.ReportAsync(parsed, settings))
                {
                    return ExitCode.Misuse;
                }

                GuardRuleSet set = new(settings.Product.Rules, settings.Product.Exemptions);
                await output.WriteAsync(
                    format.IsForMachines(parsed) ? format.Format(parsed, RouteListReport.Json(set)) : RouteListReport.Text(set, output)
                );
                await WarnAsync(settings.Product, parsed.InvocationConfiguration.Error);
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static Command CreateCheck()
    {
        OutputOptions format = new();
        Option<string?> openApi = new("--openapi")
        {
            HelpName = "file|url",
            Description = "The OpenAPI document: a JSON file, or an http or https URL.",
        };
        Option<string?> gateway = new("--gateway")
        {
            HelpName = "url",
            Description = "Or a running gateway's base URL, including SERVER_ROOT_PATH: its /openapi.json is read.",
        };
        Option<string?> key = new("--key-env")
        {
            HelpName = "variable",
            Description = "Name of the environment variable that holds a key for the URL. It is sent as 'Authorization: Bearer'.",
        };
        Command command = new(
            "check",
            "Check the rules against the operations of a gateway's OpenAPI document: admin routes that no rule guards, entries of "
                + "GUARD_ROUTES that match nothing, and guarded routes that need no database. LiteLLM's document asks for a key at "
                + "admin and model routes alike, so its list of routes, tags and paths decide. Exit code 0: nothing found; 1: "
                + "something is; 2: usage error, or not an OpenAPI document."
        )
        {
            openApi,
            gateway,
            key,
            format.Output,
            format.Json,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                TextWriter output = parsed.InvocationConfiguration.Output,
                    error = parsed.InvocationConfiguration.Error;
                Settings settings = Settings.Load();
                if (await format.ReportAsync(parsed, settings))
                {
                    return ExitCode.Misuse;
                }

                OpenApiReading reading = await Waiting.ShowAsync(
                    error,
                    "Reading the OpenAPI document",
                    ReadAsync(parsed.GetValue(openApi), parsed.GetValue(gateway), parsed.GetValue(key), cancellationToken)
                );
                if (reading.Document is null)
                {
                    return await format.FailAsync(parsed, reading.Code, reading.Fault!);
                }

                HxSettings product = settings.Product;
                RouteAudit audit = new(new(product.Rules, product.Exemptions), product.BasePath, Watched(product));
                RouteAuditResult result = audit.Run(reading.Document);
                await output.WriteAsync(
                    format.IsForMachines(parsed)
                        ? format.Format(parsed, RouteAuditJson.Write(result))
                        : RouteAuditReport.Text(result, output)
                );
                await WarnAsync(product, error);
                return result.IsClean ? ExitCode.Ok : ExitCode.Negative;
            }
        );
        return command;
    }

    private static async Task<OpenApiReading> ReadAsync(
        string? openApi,
        string? gateway,
        string? variable,
        CancellationToken cancellationToken
    )
    {
        if ((openApi is null) == (gateway is null))
        {
            return OpenApiReading.Misuse("give either --openapi or --gateway.");
        }

        if (gateway is not null)
        {
            return RemoteTarget.TryRead(
                "--gateway",
                "the gateway's",
                gateway,
                "--key-env",
                variable,
                out RemoteTarget? target,
                out string? fault
            )
                ? await OpenApiSource.FetchAsync(new(target.Base, "openapi.json"), target.Key, "the gateway", NoDocument, cancellationToken)
                : OpenApiReading.Misuse(fault);
        }

        if (!openApi!.Contains("://", StringComparison.Ordinal))
        {
            return variable is null
                ? await OpenApiSource.ReadFileAsync(openApi, cancellationToken)
                : OpenApiReading.Misuse("--key-env only works with a URL, but --openapi is a file.");
        }

        if (!Uri.TryCreate(openApi, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
        {
            return OpenApiReading.Misuse("--openapi must be a file, or an http or https URL.");
        }

        if (address.UserInfo.Length > 0)
        {
            return OpenApiReading.Misuse(
                "--openapi must be a URL without a key. Put the key into an environment variable, and name it with --key-env."
            );
        }

        return RemoteTarget.TryReadKey("--key-env", variable, out string? key, out string? problem)
            ? await OpenApiSource.FetchAsync(
                address,
                key,
                "the server",
                "there is nothing at the URL of --openapi (404).",
                cancellationToken
            )
            : OpenApiReading.Misuse(problem);
    }

    /// <summary>The dependencies that are set.</summary>
    private static string[] Watched(HxSettings settings) =>
        [
            .. new[] { (DependencyName.Postgres, settings.Postgres is not null), (DependencyName.Redis, settings.Redis is not null) }
                .Where(dependency => dependency.Item2)
                .Select(dependency => dependency.Item1),
        ];

    /// <summary>Rules are as good as the guard that goes by them.</summary>
    private static async Task WarnAsync(HxSettings settings, TextWriter error)
    {
        string? warning = settings.GuardMode switch
        {
            GuardMode.Off => "the guard is off: the rules close nothing.",
            GuardMode.Shadow => "the guard is in shadow mode: the rules close nothing.",
            _ => null,
        };
        if (warning is not null)
        {
            await error.WriteLineAsync($"hx: {warning}");
        }
    }
}
