using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HxFunctions.Core.Configuration.Connections;

namespace HxFunctions.Tests.Configuration.Connections;

public sealed class LocalFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hx-files-").FullName;

    [Theory]
    [InlineData("pem", false)]
    [InlineData("two", false)]
    [InlineData("pfx", false)]
    [InlineData("der", true)]
    [InlineData("text", true)]
    [InlineData("empty", true)]
    [InlineData("absent", true)]
    public void Authorities_are_certificates(string kind, bool isProblem)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=authority", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        string path = Path.Combine(_folder, "ca");
        byte[]? content = kind switch
        {
            "pem" => System.Text.Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()),
            "two" => System.Text.Encoding.ASCII.GetBytes($"{certificate.ExportCertificatePem()}\n{certificate.ExportCertificatePem()}"),
            "pfx" => certificate.Export(X509ContentType.Pfx),
            "der" => certificate.RawData,
            "text" => "no certificate"u8.ToArray(),
            "empty" => [],
            _ => null,
        };
        if (content is not null)
        {
            File.WriteAllBytes(path, content);
        }

        (string Keyword, string Problem)? found = LocalFiles.FindUnreadable([new("sslrootcert", path, LocalFileKind.Authorities)]);
        Assert.Equal(isProblem, found is not null);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
