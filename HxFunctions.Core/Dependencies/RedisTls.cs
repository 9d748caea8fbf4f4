using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Configuration.Connections;
using StackExchange.Redis;

namespace HxFunctions.Core.Dependencies;

/// <summary>How a connection to Redis is encrypted. Certificates are always validated.</summary>
internal static class RedisTls
{
    /// <summary>The options for one connection. Files are read now, so that a certificate that was renewed is taken.</summary>
    /// <param name="host">The name that the server's certificate must carry.</param>
    /// <exception cref="RedisTlsFileException">A file can't be read.</exception>
    public static SslClientAuthenticationOptions For(ConfigurationOptions options, RedisTlsFiles files, string host)
    {
        SslClientAuthenticationOptions tls = new()
        {
            TargetHost = host,
            EnabledSslProtocols = options.SslProtocols ?? default,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (files.Authorities is not null)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(Read(RedisTlsFiles.AuthoritiesKeyword, files.Authorities, Bundle));
        }

        if (files.Certificate is not null)
        {
            tls.ClientCertificateContext = ClientCertificate(files.Certificate, files);
        }

        return tls;
    }

    private static SslStreamCertificateContext ClientCertificate(string file, RedisTlsFiles files)
    {
        X509Certificate2Collection chain = Read(RedisTlsFiles.CertificateKeyword, file, Bundle);
        X509Certificate2 certificate = Read(
            files.Key is null ? RedisTlsFiles.CertificateKeyword : RedisTlsFiles.KeyKeyword,
            files.Key ?? file,
            _ =>
                files.KeyPassword is null
                    ? X509Certificate2.CreateFromPemFile(file, files.Key)
                    : X509Certificate2.CreateFromEncryptedPemFile(file, files.KeyPassword, files.Key)
        );
        // Offline: what the file holds besides is the chain, and none is fetched.
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    private static X509Certificate2Collection Bundle(string file)
    {
        X509Certificate2Collection certificates = [];
        certificates.ImportFromPemFile(file);
        return certificates.Count > 0 ? certificates : throw new CryptographicException("The file has no certificate.");
    }

    private static T Read<T>(string keyword, string file, Func<string, T> read)
    {
        try
        {
            return SmallFile.FindProblem(file) is { } problem ? throw new IOException($"The file {problem}.") : read(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            // The message has the path, which is nobody's business but the configuration's.
            throw new RedisTlsFileException(keyword, $"The file of {keyword} can't be read: {exception.GetType().Name}.");
        }
    }
}

/// <summary>A file of the URL's can't be read.</summary>
/// <param name="keyword">The one that names it.</param>
internal sealed class RedisTlsFileException(string keyword, string message) : Exception(message)
{
    public string Keyword => keyword;
}
