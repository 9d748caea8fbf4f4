using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HxFunctions.Core.Configuration;
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

    /// <summary>A mounted secret is a link to a link.</summary>
    [Fact]
    public void File_behind_links_is_read()
    {
        File.WriteAllText(Path.Combine(_folder, "file"), "key");
        File.CreateSymbolicLink(Path.Combine(_folder, "data"), "file");
        File.CreateSymbolicLink(Path.Combine(_folder, "link"), "data");
        Assert.Null(Problem("link"));
    }

    /// <summary>Opening a pipe would wait for whoever writes to it; a device would be read for ever.</summary>
    [Theory]
    [InlineData("/dev/zero", "is empty, or not a regular file")]
    [InlineData("/dev/null", "is empty, or not a regular file")]
    public void Device_is_not_opened(string path, string problem) => Assert.Equal(problem, Problem(path));

    [Fact]
    public void File_that_is_too_large_is_not_read()
    {
        using (FileStream file = File.Create(Path.Combine(_folder, "large")))
        {
            file.SetLength(SmallFile.MaxLength + 1);
        }

        Assert.Equal("is larger than 4 MB", Problem("large"));
        Assert.Throws<IOException>(() => SmallFile.ReadText(Path.Combine(_folder, "large")));
        Assert.Throws<IOException>(() => SmallFile.ReadText("/dev/zero"));
    }

    private string? Problem(string file) =>
        LocalFiles.FindUnreadable([new("sslkey", Path.Combine(_folder, file), LocalFileKind.Any)])?.Problem;

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
