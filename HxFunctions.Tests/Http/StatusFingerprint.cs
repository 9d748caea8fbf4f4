using System.Security.Cryptography;
using System.Text;
using HxFunctions.Core.Http.Status;
using HxFunctions.Core.Telemetry;

namespace HxFunctions.Tests.Http;

/// <summary>What the pictures of the status page in docs/images were taken of: changes whenever the page would look or read
/// differently.</summary>
public static class StatusFingerprint
{
    /// <summary>The hash of the page and of the wall view, over a model that never changes.</summary>
    public static string Now()
    {
        StatusModel model = FlappingWeek.Of(3, 23);
        string both = StatusPage.Render(model, "nonce") + StatusPage.Render(model, "nonce", wall: true);
        string version = $"HxFunctions {ProductVersion.Text}.";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(both.Replace(version, "", StringComparison.Ordinal))));
    }
}
