using System.Text;

namespace HxFunctions.Core.Configuration;

/// <summary>The key that <c>NOTIFY_SECRET</c> stands for, as Standard Webhooks has it.</summary>
internal static class NotifyKey
{
    private const string Base64Prefix = "whsec_";

    /// <summary>What follows <c>whsec_</c> in base64, or else the text's bytes.</summary>
    /// <returns><see langword="null"/>: <c>whsec_</c> is not followed by base64. The receiver would have another key than the
    /// text.</returns>
    public static byte[]? Of(string secret)
    {
        if (!secret.StartsWith(Base64Prefix, StringComparison.Ordinal))
        {
            return Encoding.UTF8.GetBytes(secret);
        }

        byte[] key = new byte[secret.Length];
        return Convert.TryFromBase64String(secret[Base64Prefix.Length..], key, out int length) && length > 0 ? key[..length] : null;
    }
}
