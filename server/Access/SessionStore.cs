using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Access;

/// <summary>
/// Store of logins. A browser holds a secret, the database its hash, so a login works on every server, survives restarts, and ends
/// everywhere when its row is deleted.
/// </summary>
sealed class SessionStore(StoreDatabase store, IOptions<AccessOptions> options, TimeProvider time)
{
    // Recording each request would turn every read into a write.
    static readonly TimeSpan NotedEvery = TimeSpan.FromMinutes(1);

    /// <summary>Begins a login of a user whose password was verified.</summary>
    /// <param name="passwordHash">The hash that was verified: if it has changed since, or the user is disabled, no login begins.</param>
    /// <returns>The secret of the login; <see langword="null"/> if none began.</returns>
    public async Task<string?> BeginAsync(string user, string passwordHash, string address, CancellationToken cancellationToken)
    {
        var secret = AccessSecret.Create();
        var (now, limits) = (time.GetUtcNow(), options.Value);
        await store.ExecuteAsync("delete from orchestrator.access_session where seen_at <= $1 or created_at <= $2", cancellationToken,
            now - limits.SessionIdle, now - limits.SessionMaximum);
        var begun = await store.ExecuteAsync(
            """
            insert into orchestrator.access_session (secret_hash, user_name, address, created_at, seen_at)
            select $1, name, $4, $5, $5 from orchestrator.access_user where name = $2 and password_hash = $3 and not is_disabled for share
            """,
            cancellationToken, AccessSecret.Hash(secret), user, passwordHash, address, now);
        return begun > 0 ? secret : null;
    }

    /// <summary>Finds the caller who holds a login's secret or its Studio token; <see langword="null"/> if that login has ended.</summary>
    /// <param name="isUse">Whether this counts as use of the login, which then is not idle.</param>
    public async Task<Caller?> FindAsync(string secret, bool isUse, CancellationToken cancellationToken)
    {
        var (hash, now, limits) = (AccessSecret.Hash(secret), time.GetUtcNow(), options.Value);
        var found = await store.ReadAsync(
            """
            select session.user_name, access_user.role, session.seen_at
            from orchestrator.access_session as session join orchestrator.access_user on access_user.name = session.user_name
            where (session.secret_hash = $1 or session.studio_hash = $1) and session.seen_at > $2 and session.created_at > $3 and not access_user.is_disabled
            """,
            static row => (Caller: Caller.Person(row.GetString(0), Enum.Parse<AccessRole>(row.GetString(1))), SeenAt: row.GetFieldValue<DateTimeOffset>(2)),
            cancellationToken, hash, now - limits.SessionIdle, now - limits.SessionMaximum);
        if (found is not [var session]) return null;
        if (isUse && now - session.SeenAt >= NotedEvery)
        {
            await store.ExecuteAsync("update orchestrator.access_session set seen_at = $2 where (secret_hash = $1 or studio_hash = $1) and seen_at < $2",
                cancellationToken, hash, now);
        }
        return session.Caller;
    }

    /// <summary>Returns the Studio's token for a login. The token lasts as long as the login and is always the same.</summary>
    public async Task<string> StudioTokenAsync(string secret, CancellationToken cancellationToken)
    {
        var token = AccessSecret.StudioTokenOf(secret);
        await store.ExecuteAsync("update orchestrator.access_session set studio_hash = $2 where secret_hash = $1 and studio_hash is null", cancellationToken,
            AccessSecret.Hash(secret), AccessSecret.Hash(token));
        return token;
    }

    /// <summary>Ends a login, on every server.</summary>
    public Task EndAsync(string secret, CancellationToken cancellationToken) =>
        store.ExecuteAsync("delete from orchestrator.access_session where secret_hash = $1", cancellationToken, AccessSecret.Hash(secret));
}
