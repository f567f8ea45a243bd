using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Server.Access;

/// <summary>Random texts that authenticate a caller. The database holds only their hashes, so its readers cannot use them.</summary>
static class AccessSecret
{
    /// <summary>Prefix of API tokens, so that people and scanners recognize them.</summary>
    public const string TokenPrefix = "orch_";

    /// <summary>Prefix of the token that the Studio's page uses for a person who is logged in.</summary>
    public const string StudioPrefix = "studio_";

    const int Bytes = 32;

    /// <summary>Creates a secret of 256 random bits.</summary>
    public static string Create(string prefix = "") => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>Derives the Studio's token from a login's secret; the secret cannot be derived from the token.</summary>
    public static string StudioTokenOf(string secret) =>
        StudioPrefix + Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), "Elsa Studio"u8));

    /// <summary>
    /// Hashes a secret for storage. The secret has 256 random bits, so one round suffices and lookups by hash reveal nothing.
    /// </summary>
    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
