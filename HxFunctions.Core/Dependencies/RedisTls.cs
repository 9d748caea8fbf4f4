using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Configuration.Connections;
using StackExchange.Redis;

namespace HxFunctions.Core.Dependencies;

/// <summary>How a connection to Redis is encrypted. Certificates are always validated.</summary>
internal static class RedisTls
{
    /// <summary>A server without TLS takes the handshake for a command that isn't complete, and waits for the rest.</summary>
    private static readonly TimeSpan HandshakePatience = TimeSpan.FromMilliseconds(300);

    /// <summary>Encrypts a connection, to Redis or to a sentinel.</summary>
    /// <param name="tls">As by <see cref="For"/>.</param>
    /// <exception cref="AuthenticationException">The handshake failed, or the server answers without TLS.</exception>
    public static async Task EncryptAsync(
        RespConnection connection,
        SslClientAuthenticationOptions tls,
        CancellationToken cancellationToken
    )
    {
        Task handshake = connection.EncryptAsync(tls, cancellationToken);
        handshake.Observe();
        await Task.WhenAny(handshake, Task.Delay(HandshakePatience, cancellationToken));
        if (!handshake.IsCompleted && await AnswersWithoutTlsAsync(connection.Address, cancellationToken))
        {
            throw new AuthenticationException("The server answers without TLS.");
        }

        await handshake;
    }

    /// <summary>
    /// The options for the client's connection to a node, of a cluster that may have been entered by another. Managed services announce
    /// their nodes as addresses, with the name of the whole in each certificate; other clusters announce names, with a certificate each.
    /// </summary>
    /// <param name="node">The node's host, as the client connects to it; the certificate's, if the options have one.</param>
    /// <param name="entrance">The endpoint of the URL by which the cluster was entered.</param>
    /// <exception cref="RedisTlsFileException">A file can't be read.</exception>
    public static SslClientAuthenticationOptions ForNode(ConfigurationOptions options, RedisTlsFiles files, string node, EndPoint entrance)
    {
        bool isNamed = options.SslHost is { Length: > 0 } || !IPAddress.TryParse(node, out _);
        SslClientAuthenticationOptions tls = For(options, files, !isNamed && entrance is DnsEndPoint name ? name.Host : node);
        // Without files the client's own option stands, as a StackExchange.Redis string may have it.
        if (files == RedisTlsFiles.None && options.CheckCertificateRevocation)
        {
            tls.CertificateRevocationCheckMode = X509RevocationMode.Online;
        }

        return tls;
    }

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

    /// <summary>Without credentials: whatever listens gets to see nothing but PING.</summary>
    private static async Task<bool> AnswersWithoutTlsAsync(EndPoint endpoint, CancellationToken cancellationToken)
    {
        try
        {
            await using RespConnection plain = await RespConnection.ConnectAsync(endpoint, cancellationToken);
            string[] answer = await plain.AskAsync(["PING"], cancellationToken).WaitAsync(HandshakePatience, cancellationToken);
            return answer is [['+' or '-', ..]];
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return false;
        }
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
