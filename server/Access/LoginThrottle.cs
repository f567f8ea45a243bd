using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Access;

/// <summary>Limits attempts to log in, for each user and each address, across all servers.</summary>
/// <remarks>An attempt counts as a failure before its password is checked, so that concurrent attempts cannot exceed the limit.</remarks>
sealed class LoginThrottle(StoreDatabase store, IOptions<AccessOptions> options, TimeProvider time)
{
    /// <summary>Requests permission for an attempt to log in.</summary>
    /// <returns>Time to wait; zero if the attempt is granted.</returns>
    public async Task<TimeSpan> TakeAsync(string user, string address, CancellationToken cancellationToken)
    {
        // The address first: a blocked address writes no rows for new names.
        var ofAddress = await TakeAsync(KeyOfAddress(address), options.Value.FailuresPerAddress, cancellationToken);
        return ofAddress > TimeSpan.Zero ? ofAddress : await TakeAsync(KeyOfUser(user), options.Value.FailuresPerUser, cancellationToken);
    }

    /// <summary>Records that a granted attempt had the right password.</summary>
    public async Task SucceededAsync(string user, string address, CancellationToken cancellationToken)
    {
        await store.ExecuteAsync("delete from orchestrator.access_failure where key = $1 or last_at < $2", cancellationToken,
            KeyOfUser(user), time.GetUtcNow() - TimeSpan.FromDays(1));
        // Undoes this attempt only: an attacker with a login of their own must not erase their failures.
        await store.ExecuteAsync("update orchestrator.access_failure set failures = failures - 1, blocked_until = null where key = $1", cancellationToken, KeyOfAddress(address));
    }

    async Task<TimeSpan> TakeAsync(byte[] key, int allowed, CancellationToken cancellationToken)
    {
        var (now, limits) = (time.GetUtcNow(), options.Value);
        var granted = await store.ExecuteAsync(
            """
            insert into orchestrator.access_failure as failure (key, failures, last_at, blocked_until) values ($1, 1, $2, case when $4 <= 1 then $2 + $5 end)
            on conflict (key) do update set (failures, last_at, blocked_until) = (
              select counted, $2, case when counted >= $4 then $2 + least($5 * power(2, least(counted - $4, 20)), $6) end
              from (select case when failure.last_at < $3 then 1 else failure.failures + 1 end as counted) as attempt
            )
            where failure.blocked_until is null or failure.blocked_until <= $2
            """,
            cancellationToken, key, now, now - limits.LongestPause, allowed, limits.FirstPause, limits.LongestPause);
        if (granted > 0) return TimeSpan.Zero;
        var until = await store.ReadAsync("select blocked_until from orchestrator.access_failure where key = $1 and blocked_until > $2",
            static row => row.GetFieldValue<DateTimeOffset>(0), cancellationToken, key, now);
        // The block has ended meanwhile; the next attempt will see that.
        return until is [var blocked] ? blocked - now : TimeSpan.FromSeconds(1);
    }

    // Hashed, because people type passwords into the wrong field.
    static byte[] KeyOfUser(string user) => SHA256.HashData(Encoding.UTF8.GetBytes($"user {user}"));

    static byte[] KeyOfAddress(string address) => SHA256.HashData(Encoding.UTF8.GetBytes($"address {address}"));
}
