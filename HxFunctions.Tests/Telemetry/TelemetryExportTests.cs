using Azure.Identity;
using HxFunctions.Core.Hosting;

namespace HxFunctions.Tests.Telemetry;

public class TelemetryExportTests
{
    [Theory]
    [InlineData("ClientId=11111111-1111-1111-1111-111111111111;Authorization=AAD", true)]
    [InlineData("authorization=aad", true)]
    [InlineData("Authorization=AAD;ClientId=;Authorization=AAD", true)]
    [InlineData("ClientId=11111111-1111-1111-1111-111111111111", false)]
    [InlineData("Authorization=", false)]
    [InlineData(";=;AAD", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Identity_is_used_where_the_authentication_string_asks_for_it(string? authentication, bool expected)
    {
        if (expected)
        {
            Assert.IsType<ManagedIdentityCredential>(TelemetryExport.CredentialOf(authentication));
        }
        else
        {
            Assert.Null(TelemetryExport.CredentialOf(authentication));
        }
    }
}
