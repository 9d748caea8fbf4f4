using System.Globalization;
using System.Text.Json;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Core.Http;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Cli.Commands;

/// <summary>The effective configuration for machines.</summary>
internal static class ConfigJson
{
    public static string Write(Settings settings, ConfigurationProblem[] problems) =>
        CliJson.Write(writer =>
        {
            HxSettings product = settings.Product;
            writer.WriteStartObject();
            if (problems.Length > 0)
            {
                CliJson.WriteProblems(writer, problems);
            }

            if (product.Hints.Count > 0)
            {
                CliJson.WriteProblems(writer, product.Hints, "warnings");
            }

            if (product.Postgres is { } postgres)
            {
                writer.WriteStartObject("postgres");
                WriteHosts(writer, "hosts", postgres.Hosts);
                writer.WriteString("username", postgres.Username);
                writer.WriteString("database", postgres.Database);
                writer.WriteString("sslMode", postgres.SslMode);
                writer.WriteEndObject();
            }

            if (product.Redis is { } redis)
            {
                writer.WriteStartObject("redis");
                WriteHosts(writer, "endpoints", redis.Endpoints);
                if (redis.UnixSocket is { } socket)
                {
                    writer.WriteString("unixSocket", socket);
                }

                if (redis.Service is { } service)
                {
                    writer.WriteString("service", service);
                }

                writer.WriteBoolean("tls", redis.Tls);
                writer.WriteNumber("database", redis.Database);
                writer.WriteString("username", redis.Username);
                writer.WriteEndObject();
            }

            if (product.Qdrant is { } qdrant)
            {
                writer.WriteStartObject("qdrant");
                writer.WriteString("baseUrl", qdrant.BaseUrl.AbsoluteUri);
                writer.WriteString("collection", product.QdrantCollection);
                writer.WriteEndObject();
            }

            if (product.HttpDependencies.Count > 0)
            {
                writer.WriteStartObject("dependencies");
                foreach (HttpDependency dependency in product.HttpDependencies)
                {
                    writer.WriteString(dependency.Name, dependency.ShownUrl);
                }

                writer.WriteEndObject();
            }

            WriteRules(writer, product);
            WriteBounds(writer, DetectionBounds.From(product));
            writer.WriteStartObject("variables");
            foreach (Variable variable in Variables.All.Concat(Variables.OfCommandLine))
            {
                (string? value, string source) = ConfigCommand.Effective(settings, variable);
                writer.WriteStartObject(variable.Name);
                writer.WriteString("value", variable.Secret && value is not null ? ConfigCommand.Masked : value);
                writer.WriteString("source", source);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        });

    private static void WriteHosts(Utf8JsonWriter writer, string property, IReadOnlyList<HostPort> hosts)
    {
        writer.WriteStartArray(property);
        foreach (HostPort host in hosts)
        {
            writer.WriteStartObject();
            writer.WriteString("host", host.Host);
            writer.WriteNumber("port", host.Port);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteRules(Utf8JsonWriter writer, HxSettings product)
    {
        writer.WriteStartObject("guard");
        writer.WriteString("mode", product.GuardMode.ToString().ToLower(CultureInfo.InvariantCulture));
        writer.WriteStrings("rules", product.Rules.Select(rule => rule.ToString()));
        writer.WriteStrings("exempt", product.Exemptions.Select(exemption => exemption.ToString()));
        writer.WriteEndObject();
    }

    private static void WriteBounds(Utf8JsonWriter writer, DetectionBounds bounds)
    {
        WriteBounds(writer, "boundsSeconds", bounds, bound => bound.Seconds);
        WriteBounds(writer, "boundsSecondsBehindCache", bounds, bound => bound.SecondsBehindCache);
    }

    private static void WriteBounds(Utf8JsonWriter writer, string property, DetectionBounds bounds, Func<DetectionBound, double> secondsOf)
    {
        writer.WriteStartObject(property);
        foreach (DetectionBound bound in bounds.Rows)
        {
            writer.WriteNumber(bound.Name, secondsOf(bound));
        }

        writer.WriteEndObject();
    }
}
