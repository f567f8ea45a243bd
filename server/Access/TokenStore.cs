using System.Text.RegularExpressions;
using Npgsql;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Access;

/// <summary>An API token, which a program sends instead of a password.</summary>
/// <param name="Name">Name of the token.</param>
/// <param name="User">Owner of the token.</param>
/// <param name="Role">Role of the token; never higher than that of its user.</param>
/// <param name="CreatedAt">Time of creation.</param>
/// <param name="ExpiresAt">Time at which it expires.</param>
/// <param name="LastUsedAt">Time of the last use, to the minute; <see langword="null"/> if never used.</param>
public sealed record AccessToken(string Name, string User, AccessRole Role, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? LastUsedAt);

/// <summary>Store of API tokens. Each change writes its audit entry in the same commit.</summary>
/// <param name="by">Author and origin of the changes.</param>
sealed partial class TokenStore(StoreDatabase store, TimeProvider time, (string Who, string Address) by)
{
    const string Audit =
        " insert into orchestrator.audit (at, who, address, action, resource, result) select $2, $3, $4, $5, 'token ' || name, 'done' from changed";
    const string Insert =
        $"""
        with changed as (
          insert into orchestrator.access_token (name, secret_hash, user_name, role, created_at, expires_at) values ($1, $6, $7, $8, $2, $9) returning name
        ){Audit}
        """;
    const string Delete = $"with changed as (delete from orchestrator.access_token where name = $1 returning name){Audit}";

    static readonly TimeSpan NotedEvery = TimeSpan.FromMinutes(1);

    /// <summary>Lifetime of a token if none is given; shortest and longest lifetime.</summary>
    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromDays(90), ShortestLifetime = TimeSpan.FromHours(1), LongestLifetime = TimeSpan.FromDays(366);

    /// <summary>Returns the store with the caller of a request as author of its changes.</summary>
    public TokenStore By(HttpContext context) => new(store, time, (context.StartedBy(), context.ClientAddress));

    /// <summary>Creates a token.</summary>
    /// <param name="role">Role of the token; <see langword="null"/> for that of its user.</param>
    /// <returns>The token and its secret, which is shown once and stored nowhere.</returns>
    /// <exception cref="UsageException">The name or lifetime is invalid, or the role is higher than the user's.</exception>
    /// <exception cref="PlatformException"><c>access.unknown_user</c>, <c>access.token_exists</c>.</exception>
    public async Task<(AccessToken Token, string Secret)> CreateAsync(string name, AccessUser user, AccessRole? role, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        if (!Name().IsMatch(name)) throw new UsageException($"'{name}' cannot be a token's name. Use up to 64 letters without accents, digits and . _ -, beginning with a letter or digit.");
        if (lifetime < ShortestLifetime || lifetime > LongestLifetime)
            throw new UsageException($"A token cannot work for {lifetime}. Give a time from one hour to 366 days.");
        if (role > user.Role)
            throw new UsageException($"User '{user.Name}' has the role {user.Role.Name}, so a token of theirs cannot have {role.Value.Name}. Choose {user.Role.Name} or less.");
        var secret = AccessSecret.Create(AccessSecret.TokenPrefix);
        var now = time.GetUtcNow();
        var token = new AccessToken(name, user.Name, role ?? user.Role, now, now + lifetime, LastUsedAt: null);
        try
        {
            await store.ExecuteAsync(Insert, cancellationToken,
                name, now, by.Who, by.Address, "createToken", AccessSecret.Hash(secret), token.User, token.Role.ToString(), token.ExpiresAt);
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.UniqueViolation)
        {
            throw new PlatformException("access.token_exists", $"There is a token '{name}' already. Choose another name, or revoke it first: 'orchestrator tokens revoke {name}'.", error);
        }
        return (token, secret);
    }

    /// <summary>Revokes a token at once.</summary>
    /// <exception cref="PlatformException"><c>access.unknown_token</c>.</exception>
    public async Task RevokeAsync(string name, CancellationToken cancellationToken)
    {
        if (await store.ExecuteAsync(Delete, cancellationToken, name, time.GetUtcNow(), by.Who, by.Address, "revokeToken") == 0)
            throw new PlatformException("access.unknown_token", $"There is no token '{name}'. 'orchestrator tokens list' shows all.");
    }

    /// <summary>Lists all tokens by name.</summary>
    public Task<IReadOnlyList<AccessToken>> ListAsync(CancellationToken cancellationToken) => store.ReadAsync(
        "select name, user_name, role, created_at, expires_at, last_used_at from orchestrator.access_token order by name",
        static row => new AccessToken(row.GetString(0), row.GetString(1), Enum.Parse<AccessRole>(row.GetString(2)), row.GetFieldValue<DateTimeOffset>(3),
            row.GetFieldValue<DateTimeOffset>(4), row.IsDBNull(5) ? null : row.GetFieldValue<DateTimeOffset>(5)),
        cancellationToken);

    /// <summary>Finds the caller of a token; <see langword="null"/> if the token is unknown or expired, or its user is disabled.</summary>
    /// <param name="isUse">Whether this counts as use of the token.</param>
    public async Task<Caller?> FindAsync(string secret, bool isUse, CancellationToken cancellationToken)
    {
        if (!secret.StartsWith(AccessSecret.TokenPrefix, StringComparison.Ordinal)) return null;
        var now = time.GetUtcNow();
        var found = await store.ReadAsync(
            """
            select token.name, token.role, token.user_name, access_user.role, token.last_used_at
            from orchestrator.access_token as token join orchestrator.access_user on access_user.name = token.user_name
            where token.secret_hash = $1 and token.expires_at > $2 and not access_user.is_disabled
            """,
            static row => (
                Name: row.GetString(0),
                Caller: Caller.Program(row.GetString(0), Enum.Parse<AccessRole>(row.GetString(1)), row.GetString(2), Enum.Parse<AccessRole>(row.GetString(3))),
                LastUsedAt: row.IsDBNull(4) ? DateTimeOffset.MinValue : row.GetFieldValue<DateTimeOffset>(4)),
            cancellationToken, AccessSecret.Hash(secret), now);
        if (found is not [var token]) return null;
        if (isUse && now - token.LastUsedAt >= NotedEvery)
            await store.ExecuteAsync("update orchestrator.access_token set last_used_at = $2 where name = $1", cancellationToken, token.Name, now);
        return token.Caller;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex Name();
}
