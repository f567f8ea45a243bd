using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Server.Access;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Tests.Integration.Access;

/// <summary>Users, logins and tokens as they lie in the database, with a clock of the test.</summary>
public sealed class AccessStoreTests(PostgresFixture postgres) : IAsyncLifetime
{
    static readonly (string Who, string Address) By = ("command line", "root@here");
    readonly FakeTimeProvider clock = new(new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero));
    readonly PasswordHashing passwords = new();
    StoreDatabase store = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    UserStore Users => new(store, passwords, clock, By);

    TokenStore Tokens => new(store, clock, By);

    SessionStore Sessions => new(store, Options.Create(new AccessOptions()), clock);

    LoginThrottle Throttle => new(store, Options.Create(new AccessOptions()), clock);

    AuditLog Audit => new(store, clock);

    Logins Logins => new(store, Sessions, Throttle, passwords, Audit);

    public async ValueTask InitializeAsync()
    {
        var address = await postgres.CreateDatabaseAsync();
        StoreMigrations.Apply(address);
        store = new(address);
    }

    public ValueTask DisposeAsync()
    {
        passwords.Dispose();
        return store.DisposeAsync();
    }

    [Fact]
    public async Task Login_ends_when_it_is_not_used_and_at_its_greatest_age()
    {
        await Users.AddAsync("ada", AccessRole.Operator, AccessScene.Password, Cancel);
        var secret = await LogInAsync();

        clock.Advance(TimeSpan.FromHours(11));
        Assert.Equal(Caller.Person("ada", AccessRole.Operator), await Sessions.FindAsync(secret, isUse: true, Cancel));
        clock.Advance(TimeSpan.FromHours(11));
        Assert.NotNull(await Sessions.FindAsync(secret, isUse: true, Cancel));
        clock.Advance(TimeSpan.FromHours(12));
        Assert.Null(await Sessions.FindAsync(secret, isUse: true, Cancel));

        secret = await LogInAsync();
        for (var hour = 0; hour < 7 * 24 - 1; hour++)
        {
            clock.Advance(TimeSpan.FromHours(1));
            Assert.NotNull(await Sessions.FindAsync(secret, isUse: true, Cancel));
        }
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(await Sessions.FindAsync(secret, isUse: true, Cancel));
        Assert.Equal(1, (await Users.ListAsync(Cancel))[0].Sessions);
        await LogInAsync();
        Assert.Equal(1, (await Users.ListAsync(Cancel))[0].Sessions);
    }

    [Fact]
    public async Task Login_ends_the_one_that_the_browser_had_before()
    {
        await Users.AddAsync("ada", AccessRole.Viewer, AccessScene.Password, Cancel);
        var before = await LogInAsync();

        var after = await Logins.TryAsync("ada", AccessScene.Password, "192.0.2.1", before, Cancel);

        Assert.NotEqual(before, after.Secret);
        Assert.Null(await Sessions.FindAsync(before, isUse: true, Cancel));
        Assert.NotNull(await Sessions.FindAsync(after.Secret!, isUse: true, Cancel));
    }

    [Fact]
    public async Task Login_does_not_begin_with_a_password_that_was_changed_meanwhile()
    {
        await Users.AddAsync("ada", AccessRole.Viewer, AccessScene.Password, Cancel);
        var verified = await HashAsync();
        await Users.SetPasswordAsync("ada", "another horse battery", Cancel);

        Assert.Null(await Sessions.BeginAsync("ada", verified, "192.0.2.1", Cancel));
        Assert.NotNull(await Sessions.BeginAsync("ada", await HashAsync(), "192.0.2.1", Cancel));
    }

    [Fact]
    public async Task Pauses_double_up_to_the_longest_and_end_with_the_right_password()
    {
        for (var i = 0; i < 5; i++) Assert.Equal(TimeSpan.Zero, await Throttle.TakeAsync("ada", "192.0.2.1", Cancel));
        var pauses = new List<double>();
        for (var i = 0; i < 8; i++)
        {
            var pause = await Throttle.TakeAsync("ada", "192.0.2.1", Cancel);
            pauses.Add(pause.TotalSeconds);
            clock.Advance(pause);
            Assert.Equal(TimeSpan.Zero, await Throttle.TakeAsync("ada", "192.0.2.1", Cancel));
        }
        Assert.Equal([15, 30, 60, 120, 240, 480, 900, 900], pauses);

        clock.Advance(TimeSpan.FromMinutes(15));
        await Throttle.TakeAsync("ada", "192.0.2.1", Cancel);
        await Throttle.SucceededAsync("ada", "192.0.2.1", Cancel);
        for (var i = 0; i < 4; i++) Assert.Equal(TimeSpan.Zero, await Throttle.TakeAsync("ada", "192.0.2.2", Cancel));
    }

    [Fact]
    public async Task Attempts_at_once_get_no_more_than_their_share()
    {
        var waits = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Throttle.TakeAsync("ada", "192.0.2.1", Cancel)));

        Assert.Equal(5, waits.Count(wait => wait == TimeSpan.Zero));
    }

    [Fact]
    public async Task Address_that_tries_many_users_waits_too_and_own_logins_do_not_help_it()
    {
        for (var i = 0; i < 19; i++) Assert.Equal(TimeSpan.Zero, await Throttle.TakeAsync($"user{i}", "192.0.2.1", Cancel));
        await Throttle.TakeAsync("eve", "192.0.2.1", Cancel);
        await Throttle.SucceededAsync("eve", "192.0.2.1", Cancel);

        Assert.Equal(TimeSpan.Zero, await Throttle.TakeAsync("another", "192.0.2.1", Cancel));
        Assert.Equal(TimeSpan.FromSeconds(15), await Throttle.TakeAsync("one more", "192.0.2.1", Cancel));
        Assert.Equal(TimeSpan.Zero, await Throttle.TakeAsync("one more", "192.0.2.2", Cancel));
    }

    [Fact]
    public async Task Token_works_until_it_expires_is_revoked_or_its_user_is_kept_out()
    {
        await Users.AddAsync("ada", AccessRole.Author, AccessScene.Password, Cancel);
        var ada = await Users.FindAsync("ADA", Cancel);
        var (_, expiring) = await Tokens.CreateAsync("expiring", ada, AccessRole.Viewer, TimeSpan.FromDays(1), Cancel);
        var (_, revoked) = await Tokens.CreateAsync("revoked", ada, role: null, TimeSpan.FromDays(90), Cancel);
        Assert.Matches("^orch_[A-Za-z0-9_-]{43}$", expiring);
        Assert.Equal((AccessRole.Viewer, AccessRole.Author), (await RoleAsync(expiring), await RoleAsync(revoked)));
        Assert.Equal(clock.GetUtcNow(), (await Tokens.ListAsync(Cancel))[0].LastUsedAt);

        await Users.SetDisabledAsync("ada", isDisabled: true, Cancel);
        Assert.Null(await RoleAsync(revoked));
        await Users.SetDisabledAsync("ada", isDisabled: false, Cancel);
        Assert.NotNull(await RoleAsync(revoked));
        await Tokens.RevokeAsync("revoked", Cancel);
        Assert.Null(await RoleAsync(revoked));
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Null(await RoleAsync(expiring));
    }

    [Fact]
    public async Task Token_never_does_more_than_its_user()
    {
        await Users.AddAsync("ada", AccessRole.Author, AccessScene.Password, Cancel);
        var ada = await Users.FindAsync("ada", Cancel);
        var (_, secret) = await Tokens.CreateAsync("mine", ada, role: null, TimeSpan.FromDays(1), Cancel);

        var higher = await Assert.ThrowsAsync<UsageException>(() => Tokens.CreateAsync("more", ada, AccessRole.Admin, TimeSpan.FromDays(1), Cancel));
        await Users.SetRoleAsync("ada", AccessRole.Viewer, Cancel);

        Assert.Equal("User 'ada' has the role author, so a token of theirs cannot have admin. Choose author or less.", higher.Message);
        Assert.Equal(AccessRole.Viewer, await RoleAsync(secret));
    }

    [Fact]
    public async Task Last_administrator_stays()
    {
        await Users.AddAsync("ada", AccessRole.Admin, AccessScene.Password, Cancel);
        await Users.AddAsync("grace", AccessRole.Admin, AccessScene.Password, Cancel);
        await Users.AddAsync("eve", AccessRole.Viewer, AccessScene.Password, Cancel);
        await Users.SetDisabledAsync("grace", isDisabled: true, Cancel);

        await RefusedAsync("access.last_admin", () => Users.SetDisabledAsync("ada", isDisabled: true, Cancel));
        await RefusedAsync("access.last_admin", () => Users.SetRoleAsync("ada", AccessRole.Author, Cancel));
        await RefusedAsync("access.last_admin", () => Users.RemoveAsync("ADA", Cancel));
        await Users.SetRoleAsync("ada", AccessRole.Admin, Cancel);
        await Users.SetDisabledAsync("ada", isDisabled: false, Cancel);
        await Users.RemoveAsync("grace", Cancel);
        await Users.RemoveAsync("eve", Cancel);

        Assert.Equal([("ada", AccessRole.Admin, false)], (await Users.ListAsync(Cancel)).Select(user => (user.Name, user.Role,
            user.IsDisabled)));
        Assert.DoesNotContain(await Audit.ListAsync(null, null, 20, Cancel), entry => entry is
        {
            Resource: "user ada",
            Action: "removeUser" or "disableUser"
        });
    }

    [Fact]
    public async Task Administrators_who_take_each_others_role_at_once_leave_one()
    {
        for (var round = 0; round < 10; round++)
        {
            string[] names = [.. Enumerable.Range(0, 4).Select(number => $"admin{round}-{number}")];
            foreach (var name in names) await Users.AddAsync(name, AccessRole.Admin, AccessScene.Password, Cancel);
            if (round > 0) await Users.RemoveAsync((await Users.ListAsync(Cancel)).First(user => user.Name.StartsWith($"admin{round - 1}",
                StringComparison.Ordinal) && user is { Role: AccessRole.Admin, IsDisabled: false }).Name, Cancel);

            await Task.WhenAll(names.Select((name, number) => Record.ExceptionAsync(() => (number % 3) switch
            {
                0 => Users.RemoveAsync(name, Cancel),
                1 => Users.SetRoleAsync(name, AccessRole.Viewer, Cancel),
                _ => Users.SetDisabledAsync(name, isDisabled: true, Cancel),
            }).AsTask()));

            Assert.Single(await Users.ListAsync(Cancel), user => user is { Role: AccessRole.Admin, IsDisabled: false });
        }
    }

    [Fact]
    public async Task What_cannot_be_is_said_and_changes_nothing()
    {
        await Users.AddAsync("Ada", AccessRole.Viewer, AccessScene.Password, Cancel);

        await RefusedAsync("access.user_exists", () => Users.AddAsync("ADA", AccessRole.Admin, AccessScene.Password, Cancel));
        await RefusedAsync("access.unknown_user", () => Users.SetRoleAsync("eve", AccessRole.Admin, Cancel));
        await RefusedAsync("access.unknown_token", () => Tokens.RevokeAsync("none", Cancel));
        await Assert.ThrowsAsync<UsageException>(() => Users.AddAsync("a b", AccessRole.Admin, AccessScene.Password, Cancel));
        await Assert.ThrowsAsync<UsageException>(() => Users.SetPasswordAsync("ada", "short", Cancel));

        Assert.Equal(("ada", AccessRole.Viewer), ((await Users.ListAsync(Cancel)).Single().Name, (await Users.ListAsync(Cancel)).Single().Role));
        Assert.Equal("addUser", (await Audit.ListAsync(null, null, 10, Cancel)).Single().Action);
    }

    [Fact]
    public async Task Log_of_changes_says_who_changed_what_and_holds_no_secrets()
    {
        await Users.AddAsync("ada", AccessRole.Viewer, AccessScene.Password, Cancel);
        await Users.SetRoleAsync("ada", AccessRole.Author, Cancel);
        var (_, secret) = await Tokens.CreateAsync("nightly", await Users.FindAsync("ada", Cancel), role: null, TimeSpan.FromDays(1), Cancel);
        await Logins.TryAsync("ada", "wrong horse battery", "192.0.2.1", before: null, Cancel);
        await Logins.TryAsync(AccessScene.Password, "typed into the wrong field", "192.0.2.1", before: null, Cancel);

        var entries = await Audit.ListAsync(before: null, who: null, 10, Cancel);

        Assert.Equal(
            [
                "unknown person 192.0.2.1 logIn /login access.wrong_password", "person ada 192.0.2.1 logIn /login access.wrong_password",
                "command line root@here createToken token nightly done", "command line root@here setRoleOfUser user ada done", "command line root@here addUser user ada done",
            ],
            entries.Select(entry => $"{entry.Who} {entry.Address} {entry.Action} {entry.Resource} {entry.Result}"));
        Assert.Equal(entries.Skip(1).Take(2), await Audit.ListAsync(entries[0].Id, null, 2, Cancel));
        Assert.Equal([entries[1]], await Audit.ListAsync(null, "person ada", 10, Cancel));
        await using var dump = store.DataSource.CreateCommand("select string_agg(row::text, ' ') from (select to_jsonb(t)::text as row from orchestrator.access_user t union all "
            + "select to_jsonb(t)::text from orchestrator.access_token t union all select to_jsonb(t)::text from orchestrator.audit t union all select to_jsonb(t)::text from orchestrator.access_failure t) all_rows");
        var kept = (string)(await dump.ExecuteScalarAsync(Cancel))!;
        Assert.DoesNotContain(secret, kept, StringComparison.Ordinal);
        Assert.DoesNotContain(AccessScene.Password, kept, StringComparison.OrdinalIgnoreCase);
    }

    async Task<string> LogInAsync() => (await Logins.TryAsync("ada", AccessScene.Password, "192.0.2.1", before: null, Cancel)).Secret!;

    async Task<AccessRole?> RoleAsync(string token) => (await Tokens.FindAsync(token, isUse: true, Cancel))?.Role;

    async Task<string> HashAsync()
    {
        await using var command = store.DataSource.CreateCommand("select password_hash from orchestrator.access_user where name = 'ada'");
        return (string)(await command.ExecuteScalarAsync(Cancel))!;
    }

    static async Task RefusedAsync(string code, Func<Task> change) => Assert.Equal(code, (await Assert.ThrowsAsync<PlatformException>(change)).Code);
}
