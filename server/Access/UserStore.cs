using System.Text.RegularExpressions;
using Npgsql;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Access;

/// <summary>A user who may log in.</summary>
/// <param name="Name">Name in lower case.</param>
/// <param name="Role">Role of the user.</param>
/// <param name="IsDisabled">Whether the user is locked out for now.</param>
/// <param name="CreatedAt">Time at which the user was added.</param>
/// <param name="Sessions">Number of browsers in which the user is logged in.</param>
/// <param name="Tokens">Number of the user's API tokens.</param>
public sealed record AccessUser(string Name, AccessRole Role, bool IsDisabled, DateTimeOffset CreatedAt, long Sessions, long Tokens);

/// <summary>Store of users. Each change writes its audit entry in the same commit.</summary>
/// <param name="by">Author and origin of the changes.</param>
sealed partial class UserStore(StoreDatabase store, PasswordHashing passwords, TimeProvider time, (string Who, string Address) by)
{
    // A change is one statement: the change, the logins that it ends, and the audit entry; no row if the user is unknown.
    const string EndSessions = ", ended as (delete from orchestrator.access_session using changed where user_name = changed.name)";
    const string Audit =
        " insert into orchestrator.audit (at, who, address, action, resource, result) select $2, $3, $4, $5, 'user ' || name, 'done' from changed";

    // Locked in one order: of two administrators who remove each other at once, the second sees the result of the first.
    const string Admins = "admin as materialized (select name from orchestrator.access_user where role = 'Admin' and not is_disabled order by name for update)";
    const string Spared = "(name not in (select name from admin) or (select count(*) from admin) > 1)";

    const string Insert =
        $"with changed as (insert into orchestrator.access_user (name, role, password_hash, created_at) values ($1, $6, $7, $2) returning name){Audit}";
    const string Delete = $"with {Admins}, changed as (delete from orchestrator.access_user where name = $1 and {Spared} returning name){Audit}";
    const string UpdateRole =
        $"with {Admins}, changed as (update orchestrator.access_user set role = $6 where name = $1 and ($6 = 'Admin' or {Spared}) returning name){EndSessions}{Audit}";
    const string UpdatePassword = $"with changed as (update orchestrator.access_user set password_hash = $6 where name = $1 returning name){EndSessions}{Audit}";
    const string UpdateDisabled =
        $"with {Admins}, changed as (update orchestrator.access_user set is_disabled = $6 where name = $1 and (not $6 or {Spared}) returning name){EndSessions}{Audit}";

    /// <summary>Returns the store with the caller of a request as author of its changes.</summary>
    public UserStore By(HttpContext context) => new(store, passwords, time, (context.StartedBy(), context.ClientAddress));

    /// <summary>Adds a user.</summary>
    /// <exception cref="UsageException">The name or the password is not allowed.</exception>
    /// <exception cref="PlatformException"><c>access.user_exists</c>.</exception>
    public async Task AddAsync(string name, AccessRole role, string password, CancellationToken cancellationToken)
    {
        name = Normalize(name);
        PasswordHashing.Check(name, password);
        try
        {
            await ChangeAsync(Insert, "addUser", name, cancellationToken, role.ToString(), passwords.Hash(password));
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.UniqueViolation)
        {
            throw new PlatformException(AccessCodes.UserExists, $"There is a user '{name}' already. 'orchestrator users set-role {name} --role {role.Name}' changes the role, "
                + $"'orchestrator users set-password {name}' the password.", error);
        }
    }

    /// <summary>Removes a user with all logins and tokens.</summary>
    /// <exception cref="PlatformException"><c>access.unknown_user</c>, as for every change; <c>access.last_admin</c>.</exception>
    public Task RemoveAsync(string name, CancellationToken cancellationToken) => ChangeAsync(Delete, "removeUser", name, cancellationToken);

    /// <summary>Changes a user's role. Logins end, so the user has to log in again.</summary>
    /// <exception cref="PlatformException"><c>access.last_admin</c>.</exception>
    public Task SetRoleAsync(string name, AccessRole role, CancellationToken cancellationToken) =>
        ChangeAsync(UpdateRole, "setRoleOfUser", name, cancellationToken, role.ToString());

    /// <summary>Changes a user's password. Logins end, so the user has to log in again.</summary>
    /// <exception cref="UsageException">The password is not allowed.</exception>
    public Task SetPasswordAsync(string name, string password, CancellationToken cancellationToken)
    {
        PasswordHashing.Check(name, password);
        return ChangeAsync(UpdatePassword, "setPasswordOfUser", name, cancellationToken, passwords.Hash(password));
    }

    /// <summary>Disables or enables a user; disabling ends logins at once, and tokens do not work meanwhile.</summary>
    /// <exception cref="PlatformException"><c>access.last_admin</c>.</exception>
    public Task SetDisabledAsync(string name, bool isDisabled, CancellationToken cancellationToken) =>
        ChangeAsync(UpdateDisabled, isDisabled ? "disableUser" : "enableUser", name, cancellationToken, isDisabled);

    /// <summary>Lists all users by name.</summary>
    public Task<IReadOnlyList<AccessUser>> ListAsync(CancellationToken cancellationToken) => store.ReadAsync(
        """
        select name, role, is_disabled, created_at,
          (select count(*) from orchestrator.access_session where user_name = name), (select count(*) from orchestrator.access_token as token where user_name = access_user.name)
        from orchestrator.access_user
        order by name
        """,
        static row => new AccessUser(
            row.GetString(0), Enum.Parse<AccessRole>(row.GetString(1)), row.GetBoolean(2), row.GetFieldValue<DateTimeOffset>(3), row.GetInt64(4), row.GetInt64(5)),
        cancellationToken);

    /// <summary>Finds a user by name.</summary>
    /// <exception cref="PlatformException"><c>access.unknown_user</c>.</exception>
    public async Task<AccessUser> FindAsync(string name, CancellationToken cancellationToken)
    {
        var known = await ListAsync(cancellationToken);
        return known.FirstOrDefault(user => user.Name == Normalize(name)) ?? throw Unknown(name, known);
    }

    /// <summary>Ensures that a server that requires logins has a user.</summary>
    /// <param name="adminPassword">Password of the user <c>admin</c>, who is added if there is no user; <see langword="null"/> to add
    /// none.</param>
    /// <exception cref="PlatformException"><c>access.no_users</c>.</exception>
    /// <exception cref="UsageException">The password cannot be.</exception>
    public async Task RequireAnyAsync(AccessMode mode, string? adminPassword, CancellationToken cancellationToken)
    {
        if (!mode.NeedsLogin) return;
        var users = await ListAsync(cancellationToken);
        if (users.Any(user => !user.IsDisabled)) return;
        if (users.Count == 0 && adminPassword is { Length: > 0 })
        {
            try
            {
                await AddAsync("admin", AccessRole.Admin, adminPassword, cancellationToken);
            }
            catch (PlatformException added) when (added.Code == AccessCodes.UserExists)
            {
                // Another server that starts on the same storage has added the user.
            }
            return;
        }
        throw new PlatformException(AccessCodes.NoUsers,
            $"The server needs a login, since {mode.Reason}, but there is no user yet. Add one with 'orchestrator users add NAME --role admin' and the same "
            + "--data and --postgres; roles are viewer, operator, author and admin. Without login it serves a loopback address with embedded storage only.");
    }

    /// <summary>Normalizes the name of a user for storage.</summary>
    /// <exception cref="UsageException">The text cannot be the name of a user.</exception>
    public static string Normalize(string name)
    {
        var lower = name.ToLowerInvariant();
        return IsName(lower)
            ? lower
            : throw new UsageException($"'{name}' cannot be a user's name. Use up to 64 letters without accents, digits and . _ - @, beginning with a letter or digit.");
    }

    /// <summary>Whether a text, in lower case, can be the name of a user.</summary>
    public static bool IsName(string text) => Name().IsMatch(text);

    async Task ChangeAsync(string constant, string action, string name, CancellationToken cancellationToken, params object[] values)
    {
        name = Normalize(name);
        if (await store.ExecuteAsync(constant, cancellationToken, [name, time.GetUtcNow(), by.Who, by.Address, action, .. values]) > 0) return;
        var known = await ListAsync(cancellationToken);
        throw known.All(user => user.Name != name) ? Unknown(name, known)
            : new PlatformException(AccessCodes.LastAdmin,
                $"User '{name}' is the only administrator who is not disabled, so nobody could change access afterwards. "
                + "Make another user an administrator first: 'orchestrator users set-role NAME --role admin'.");
    }

    static PlatformException Unknown(string name, IReadOnlyList<AccessUser> known) => new("access.unknown_user", $"There is no user '{name}'. "
        + (known.Count == 0 ? "There is none yet: 'orchestrator users add' adds one." : $"There are {string.Join(", ", known.Select(user => user.Name))}."));

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._@-]{0,63}\z")]
    private static partial Regex Name();
}
