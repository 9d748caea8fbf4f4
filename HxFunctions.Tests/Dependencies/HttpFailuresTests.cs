using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Tests.Dependencies;

public sealed class HttpFailuresTests
{
    private const string Alert = "error:0A00045C:SSL routines::tlsv13 alert certificate required";

    [Theory]
    [InlineData(HttpStatusCode.OK, Reasons.Ok, null)]
    [InlineData(HttpStatusCode.Forbidden, Reasons.AuthenticationFailed, null)]
    [InlineData(HttpStatusCode.RequestTimeout, Reasons.Timeout, "HTTP 408")]
    [InlineData(HttpStatusCode.GatewayTimeout, Reasons.Timeout, "HTTP 504")]
    [InlineData(HttpStatusCode.BadGateway, Reasons.NotReady, "HTTP 502")]
    [InlineData(HttpStatusCode.ServiceUnavailable, Reasons.NotReady, null)]
    [InlineData(HttpStatusCode.InternalServerError, Reasons.UnexpectedResponse, "HTTP 500")]
    [InlineData(HttpStatusCode.NotFound, Reasons.UnexpectedResponse, "HTTP 404")]
    public void Status_has_its_reason(HttpStatusCode status, string reason, string? detail) =>
        Assert.Equal(new HttpFinding(reason, detail), HttpFailures.Judge(status));

    /// <summary>With TLS 1.3 the server says so after the handshake: HTTP/1.1 meets it in its first answer, HTTP/2 in its own
    /// handshake.</summary>
    [Theory]
    [InlineData(HttpRequestError.Unknown)]
    [InlineData(HttpRequestError.ResponseEnded)]
    [InlineData(HttpRequestError.InvalidResponse)]
    [InlineData(HttpRequestError.HttpProtocolError)]
    public void Certificate_that_the_server_asks_for_in_vain_is_a_tls_failure(HttpRequestError error)
    {
        IOException stream = new("The decryption operation failed, see inner exception.", new CryptographicException(Alert));
        Assert.Equal(Reasons.TlsFailure, HttpFailures.Classify(new HttpRequestException(error, "An error occurred.", stream)));
    }

    [Fact]
    public void Stream_that_can_not_be_decrypted_is_no_file_that_can_not_be_read()
    {
        IOException stream = new("The decryption operation failed, see inner exception.", new CryptographicException("bad record mac"));
        Assert.Equal(Reasons.TlsFailure, HttpFailures.Classify(new HttpRequestException("An error occurred.", stream)));
        Assert.Equal(Reasons.LocalFile, NetworkFailures.Classify(new CryptographicException("no PEM")));
        Assert.Equal(Reasons.LocalFile, NetworkFailures.Classify(new FileNotFoundException()));
    }

    [Fact]
    public void Name_of_a_host_is_no_alert()
    {
        SocketException refused = new((int)SocketError.ConnectionRefused);
        Exception exception = new HttpRequestException("Connection refused (tls-alerts.example.org:443)", refused);
        Assert.Equal(Reasons.ConnectionRefused, HttpFailures.Classify(exception));
    }
}
