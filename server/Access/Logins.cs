using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Access;

/// <summary>What came of an attempt to log in.</summary>
/// <param name="Secret">What the browser shows from now on; <see langword="null"/> where nobody was logged in.</param>
/// <param name="Wait">How long to wait before the next attempt; zero where this one was looked at.</param>
sealed record LoginResult(string? Secret, TimeSpan Wait);

/// <summary>Logs people in. What it says and how long it takes does not tell whether there is such a user.</summary>
sealed class Logins(StoreDatabase store, SessionStore sessions, LoginThrottle throttle, PasswordHashing passwords, AuditLog audit)
{
    /// <summary>Tries.</summary>
    /// <param name="before">What the browser showed until now: that login ends, so that nobody who planted it is logged in too.</param>
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
        // A name that nobody has may be a password in the wrong field. What the throttle refuses is not written: it could fill the disk.
        var who = hash is null ? "unknown person" : $"person {user}";
        await audit.AddAsync(new(who, address, "logIn", "/login", secret is null ? AccessCodes.WrongPassword : "done"), cancellationToken);
        return new(secret, TimeSpan.Zero);
    }
}
