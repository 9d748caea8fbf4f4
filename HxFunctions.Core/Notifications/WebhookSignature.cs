using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace HxFunctions.Core.Notifications;

/// <summary>Signs as Standard Webhooks does, so that receivers have libraries for it:
/// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md</summary>
internal static class WebhookSignature
{
    /// <returns>The header <c>webhook-signature</c>: <c>v1,</c> and HMAC-SHA256 of <c>id.timestamp.body</c> in base64.</returns>
    public static string Of(byte[] key, string id, DateTimeOffset time, ReadOnlySpan<byte> body)
    {
        using IncrementalHash hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{time.ToUnixTimeSeconds()}.")));
        hmac.AppendData(body);
        return "v1," + Convert.ToBase64String(hmac.GetHashAndReset());
    }
}
