namespace HxFunctions.Core.Configuration.Connections;

/// <summary>The files for TLS to Redis, by redis-py's keywords. All are PEM.</summary>
/// <param name="Authorities">Whom to trust; <see langword="null"/>: whom the machine trusts.</param>
/// <param name="Certificate">The client's own, followed by the rest of its chain.</param>
/// <param name="Key">Its key; <see langword="null"/>: the certificate's file holds it.</param>
/// <param name="KeyPassword">A secret.</param>
internal sealed record RedisTlsFiles(string? Authorities = null, string? Certificate = null, string? Key = null, string? KeyPassword = null)
{
    public const string AuthoritiesKeyword = "ssl_ca_certs";
    public const string CertificateKeyword = "ssl_certfile";
    public const string KeyKeyword = "ssl_keyfile";
    public const string KeyPasswordKeyword = "ssl_password";

    public static RedisTlsFiles None { get; } = new();

    /// <summary>What isn't said here is taken from elsewhere. A certificate and its key go together.</summary>
    public RedisTlsFiles Or(RedisTlsFiles other) =>
        Certificate is null && Key is null
            ? other with
            {
                Authorities = Authorities ?? other.Authorities,
                KeyPassword = KeyPassword ?? other.KeyPassword,
            }
            : this with
            {
                Authorities = Authorities ?? other.Authorities,
            };

    /// <summary>Without the password.</summary>
    public override string ToString() =>
        string.Join(
            '&',
            new[] { (AuthoritiesKeyword, Authorities), (CertificateKeyword, Certificate), (KeyKeyword, Key) }
                .Where(file => file.Item2 is not null)
                .Select(file => $"{file.Item1}={file.Item2}")
        );
}
