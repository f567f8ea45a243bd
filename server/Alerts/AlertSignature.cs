using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Server.Alerts;

/// <summary>
/// Signs messages as https://www.standardwebhooks.com specifies: HMAC-SHA256 over id, time and body, so that a receiver can verify the
/// sender and refuse old or repeated messages.
/// </summary>
static class AlertSignature
{
    const string Encoded = "whsec_";

    /// <summary>Returns the bytes of a key; <see langword="null"/> if there is none or its base64 is invalid.</summary>
    public static byte[]? KeyOf(string? secret)
    {
        if (secret is null) return null;
        if (!secret.StartsWith(Encoded, StringComparison.Ordinal)) return Encoding.UTF8.GetBytes(secret);
        var key = new byte[secret.Length];
        return Convert.TryFromBase64String(secret[Encoded.Length..], key, out var length) ? key[..length] : null;
    }

    /// <summary>Returns the header <c>webhook-signature</c>.</summary>
    /// <param name="at">Header <c>webhook-timestamp</c>: seconds since 1970.</param>
    public static string Of(byte[] key, Guid id, long at, ReadOnlySpan<byte> body)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{at}.")), .. body];
        return $"v1,{Convert.ToBase64String(HMACSHA256.HashData(key, signed))}";
    }
}
