using System.Threading.RateLimiting;

namespace Orchestrator.Server.Access;

/// <summary>
/// Writes refused tokens to the log of changes: a limited number for each address and in total, so that an attacker cannot fill the disk.
/// </summary>
sealed class TokenRefusals(AuditLog audit) : IDisposable
{
    const int PerAddress = 5, OfAll = 100;
    static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    readonly PartitionedRateLimiter<string> entries = PartitionedRateLimiter.CreateChained(
        PartitionedRateLimiter.Create<string, string>(static address => RateLimitPartition.GetFixedWindowLimiter(address, static _ =>
            Limit(PerAddress))),
        PartitionedRateLimiter.Create<string, string>(static _ => RateLimitPartition.GetFixedWindowLimiter("", static _ => Limit(OfAll))));

    /// <summary>Records that a request had an invalid token. The token itself is never written.</summary>
    public async Task NoteAsync(HttpContext context)
    {
        using var entry = entries.AttemptAcquire(context.ClientAddress);
        if (entry.IsAcquired)
            await audit.AddAsync(new("unknown token", context.ClientAddress, "showToken", context.Request.Path, AccessCodes.TokenRefused),
                context.RequestAborted);
    }

    /// <inheritdoc/>
    public void Dispose() => entries.Dispose();

    static FixedWindowRateLimiterOptions Limit(int entries) => new() { PermitLimit = entries, Window = Window, QueueLimit = 0 };
}
