using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Server.Access;

/// <summary>Random texts that prove who somebody is. Only their hash is kept, so that whoever reads the database cannot use them.</summary>
static class AccessSecret
{
    /// <summary>How an API token begins, so that people and scanners recognise one.</summary>
    public const string TokenPrefix = "orch_";

    /// <summary>How the token begins that the Studio's page shows for a person who is logged in.</summary>
    public const string StudioPrefix = "studio_";

    const int Bytes = 32;

    /// <summary>A new one, of 256 random bits.</summary>
    public static string Create(string prefix = "") => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>The Studio's token of a login: from the login's secret, and not back again.</summary>
    public static string StudioTokenOf(string secret) =>
        StudioPrefix + Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), "Elsa Studio"u8));

    /// <summary>What is kept of it. Nobody guesses 256 bits, so one round is enough and looking for the hash tells nothing.</summary>
    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
