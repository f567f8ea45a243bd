using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Access;

/// <summary>Result of an attempt to log in.</summary>
/// <param name="Secret">Secret of the new login; <see langword="null"/> if the attempt failed.</param>
/// <param name="Wait">Time to wait before the next attempt; zero if the password of this one was checked.</param>
sealed record LoginResult(string? Secret, TimeSpan Wait);

/// <summary>Logs people in. Neither its answers nor their timing reveal whether a user exists.</summary>
sealed class Logins(StoreDatabase store, SessionStore sessions, LoginThrottle throttle, PasswordHashing passwords, AuditLog audit)
{
    /// <summary>Tries to log a user in.</summary>
    /// <param name="before">Secret of the browser's previous login, which ends: otherwise an attacker who planted it would be logged in
    /// too.</param>
    public async Task<LoginResult> TryAsync(string user, string password, string address, string? before, CancellationToken cancellationToken)
    {
        user = user.Trim().ToLowerInvariant();
        var wait = await throttle.TakeAsync(user, address, cancellationToken);
        if (wait > TimeSpan.Zero) return new(Secret: null, wait);
        IReadOnlyList<string> known = !UserStore.IsName(user) ? [] : await store.ReadAsync("select password_hash from orchestrator.access_user where name = $1", static row => row.GetString(0),
            cancellationToken, user);
        var hash = known is [var found] ? found : null;
        var isRight = await passwords.VerifyAsync(hash, password, cancellationToken);
        var secret = isRight && hash is not null ? await sessions.BeginAsync(user, hash, address, cancellationToken) : null;
        if (secret is not null)
        {
            await throttle.SucceededAsync(user, address, cancellationToken);
            if (before is not null) await sessions.EndAsync(before, cancellationToken);
        }
        // An unknown name may be a password in the wrong field. Throttled attempts are not logged: they could fill the disk.
        var who = hash is null ? "unknown person" : $"person {user}";
        await audit.AddAsync(new(who, address, "logIn", "/login", secret is null ? AccessCodes.WrongPassword : "done"), cancellationToken);
        return new(secret, TimeSpan.Zero);
    }
}
