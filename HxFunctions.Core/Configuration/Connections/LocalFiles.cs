using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HxFunctions.Core.Configuration.Connections;

/// <summary>A file or directory that a URL or a variable names.</summary>
/// <param name="Keyword">The URL's word for it, or the variable.</param>
internal sealed record LocalFile(string Keyword, string Path, LocalFileKind Kind);

internal enum LocalFileKind
{
    /// <summary>PEM certificates, one or more, or one in PKCS #12.</summary>
    Authorities,

    /// <summary>One certificate, in PEM or DER.</summary>
    Certificate,

    /// <summary>Anything that can be read: a key may be encrypted.</summary>
    Any,

    /// <summary>The directory of a Unix socket.</summary>
    SocketDirectory,
}

/// <summary>Whether the files that a URL or a variable names can be read, here and now. What a driver says of one that can't be read
/// differs by driver, and looks like a failure of the network.</summary>
internal static class LocalFiles
{
    /// <returns>The first that can't be read and why, or <see langword="null"/>.</returns>
    public static (string Keyword, string Problem)? FindUnreadable(IReadOnlyList<LocalFile> files)
    {
        foreach (LocalFile file in files)
        {
            if (ProblemOf(file) is { } problem)
            {
                return (file.Keyword, problem);
            }
        }

        return null;
    }

    private static string? ProblemOf(LocalFile file)
    {
        try
        {
            switch (file.Kind)
            {
                case LocalFileKind.SocketDirectory:
                    // Being there is enough to enter it; whether its files can be listed doesn't matter.
                    return Directory.Exists(file.Path) || File.Exists(file.Path) ? null : "does not exist, or can't be opened by this user";
                case var _ when SmallFile.FindProblem(file.Path) is { } problem:
                    return problem;
                case LocalFileKind.Authorities:
                    X509Certificate2Collection authorities = [];
                    authorities.ImportFromPemFile(file.Path);
                    if (authorities.Count == 0)
                    {
                        // Npgsql reads one in PKCS #12 as well.
                        X509CertificateLoader.LoadPkcs12FromFile(file.Path, null).Dispose();
                    }

                    return null;
                case LocalFileKind.Certificate:
                    // The loader has one exception for all that is wrong.
                    using (File.OpenRead(file.Path)) { }
                    X509CertificateLoader.LoadCertificateFromFile(file.Path).Dispose();
                    return null;
                default:
                    using (File.OpenRead(file.Path)) { }
                    return null;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return exception is FileNotFoundException or DirectoryNotFoundException ? "does not exist" : "can't be read by this user";
        }
        catch (CryptographicException)
        {
            return "has no readable certificate";
        }
    }
}
