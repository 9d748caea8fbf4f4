using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HxFunctions.Core.Configuration.Connections;

namespace HxFunctions.Core.Configuration;

/// <summary>The files and the directory that OTLP's variables name. The exporter uses them while the host starts: one that it can't use
/// would end the process.</summary>
/// <remarks>OtlpCertificateManager, ExperimentalOptions and FileBlobProvider of opentelemetry-dotnet.</remarks>
internal static class OtlpFiles
{
    private const string Authority = "OTEL_EXPORTER_OTLP_CERTIFICATE";
    private const string ClientCertificate = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
    private const string ClientKey = "OTEL_EXPORTER_OTLP_CLIENT_KEY";
    private const string Retry = "OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY";
    private const string RetryDirectory = "OTEL_DOTNET_EXPERIMENTAL_OTLP_DISK_RETRY_DIRECTORY_PATH";

    /// <summary>The exporter makes a directory for each.</summary>
    private static readonly string[] Signals = ["traces", "metrics", "logs"];

    /// <summary>What is wrong, by variable. No path is repeated.</summary>
    public static IEnumerable<ConfigurationProblem> FindProblems(VariableReader variables)
    {
        // As the exporter gets it, which trims nothing.
        string? Value(string variable) => variables.IsSet(variable) ? variables.Section(variable).Value : null;
        (string? certificate, string? key) = (Value(ClientCertificate), Value(ClientKey));
        ConfigurationProblem?[] found =
        [
            UnreadableProblem(Authority, Value(Authority), LocalFileKind.Certificate),
            // A key alone is not read.
            ClientProblem(certificate, certificate is null ? null : key),
            RetryProblem(Value(Retry), Value(RetryDirectory)),
        ];
        return found.OfType<ConfigurationProblem>();
    }

    private static ConfigurationProblem? UnreadableProblem(string variable, string? path, LocalFileKind kind) =>
        path is not null && LocalFiles.FindUnreadable([new(variable, path, kind)]) is { } file
            ? new(variable, $"names a file that {file.Problem}")
            : null;

    private static ConfigurationProblem? ClientProblem(string? certificate, string? key) =>
        UnreadableProblem(ClientCertificate, certificate, LocalFileKind.Any)
        ?? UnreadableProblem(ClientKey, key, LocalFileKind.Any)
        ?? (
            certificate is null || CanLoad(certificate, key) ? null
            : key is null ? new(ClientCertificate, $"names a file without a readable certificate and its key; {ClientKey} is not set")
            : new(ClientCertificate, $"names no readable certificate of the key in the file of {ClientKey}")
        );

    private static bool CanLoad(string certificate, string? key)
    {
        try
        {
            using X509Certificate2 loaded = Load(certificate, key);
            return loaded.HasPrivateKey;
        }
        // Of many types: a key of another certificate is an ArgumentException, one of an unknown algorithm a NotSupportedException.
        catch (Exception)
        {
            return false;
        }
    }

    private static X509Certificate2 Load(string certificate, string? key)
    {
        try
        {
            if (key is null)
            {
                return X509CertificateLoader.LoadPkcs12FromFile(certificate, null);
            }
        }
        catch (CryptographicException)
        {
            // Then it is PEM, with the key in the same file.
        }

        return X509Certificate2.CreateFromPemFile(certificate, key);
    }

    private static ConfigurationProblem? RetryProblem(string? retry, string? directory) =>
        retry?.ToUpperInvariant() switch
        {
            null or "IN_MEMORY" => null,
            not "DISK" => new(Retry, "must be in_memory or disk"),
            _ when directory is null => new(Retry, $"is disk, but {RetryDirectory} is not set"),
            _ when Signals.All(signal => CanBeMade(Path.Combine(directory, signal))) => null,
            _ => new(RetryDirectory, "names a directory in which this user can't make others"),
        };

    /// <summary>Tried with a file that is gone at once. The directory itself is left to the exporter: <c>hx config</c> may be run by
    /// another user than the app.</summary>
    private static bool CanBeMade(string directory)
    {
        try
        {
            string nearest = Path.GetFullPath(directory);
            if (Directory.Exists(nearest))
            {
                return true;
            }

            while (!Path.Exists(nearest))
            {
                if (Path.GetDirectoryName(nearest) is not { } parent)
                {
                    // Windows: a drive that isn't there.
                    return false;
                }

                nearest = parent;
            }

            using FileStream file = File.Create(Path.Combine(nearest, Path.GetRandomFileName()), 1, FileOptions.DeleteOnClose);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }
}
