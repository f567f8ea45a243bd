using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Server.Alerts;

/// <summary>
/// Signs messages as https://www.standardwebhooks.com asks: HMAC-SHA256 over id, time and body, so that a receiver can tell who sent it, and
/// refuse what is old or came before.
/// </summary>
static class AlertSignature
{
    const string Encoded = "whsec_";

    /// <summary>The key's bytes; <see langword="null"/> where there is none, or it is not what it says it is.</summary>
    public static byte[]? KeyOf(string? secret)
    {
        if (secret is null) return null;
        if (!secret.StartsWith(Encoded, StringComparison.Ordinal)) return Encoding.UTF8.GetBytes(secret);
        var key = new byte[secret.Length];
        return Convert.TryFromBase64String(secret[Encoded.Length..], key, out var length) ? key[..length] : null;
    }

    /// <summary>The header <c>webhook-signature</c>.</summary>
    /// <param name="at">Header <c>webhook-timestamp</c>: seconds since 1970.</param>
    public static string Of(byte[] key, Guid id, long at, ReadOnlySpan<byte> body)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{at}.")), .. body];
        return $"v1,{Convert.ToBase64String(HMACSHA256.HashData(key, signed))}";
    }
}
