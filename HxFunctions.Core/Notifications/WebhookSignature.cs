using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace HxFunctions.Core.Notifications;

/// <summary>Signs as Standard Webhooks does, so that receivers have libraries for it:
/// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md</summary>
internal static class WebhookSignature
{
    private const string Base64Prefix = "whsec_";

    /// <summary>The key that <c>NOTIFY_SECRET</c> stands for: what follows <c>whsec_</c> in base64, or else the text's bytes.</summary>
    /// <returns><see langword="null"/>: <c>whsec_</c> is not followed by base64. The receiver would have another key than the
    /// text.</returns>
    public static byte[]? KeyOf(string secret)
    {
        if (!secret.StartsWith(Base64Prefix, StringComparison.Ordinal))
        {
            return Encoding.UTF8.GetBytes(secret);
        }

        byte[] key = new byte[secret.Length];
        return Convert.TryFromBase64String(secret[Base64Prefix.Length..], key, out int length) && length > 0 ? key[..length] : null;
    }

    /// <returns>The header <c>webhook-signature</c>: <c>v1,</c> and HMAC-SHA256 of <c>id.timestamp.body</c> in base64.</returns>
    public static string Of(byte[] key, string id, DateTimeOffset time, ReadOnlySpan<byte> body)
    {
        using IncrementalHash hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{time.ToUnixTimeSeconds()}.")));
        hmac.AppendData(body);
        return "v1," + Convert.ToBase64String(hmac.GetHashAndReset());
    }
}
