using System.CommandLine;
using System.Globalization;
using Orchestrator.Server.Access;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>users add|list|remove|set-password|set-role|disable|enable</c>: on the database, with or without a server.</summary>
sealed class UsersCommand(CommandContext context)
{
    readonly Argument<string> name = new("NAME") { Description = "The user's name; case does not matter." };
    readonly Option<AccessRole> role = RoleOption(isRequired: true);
    readonly Option<bool> fromInput = PasswordPrompt.FromInput();

    public static Command Create(CommandContext context) => new UsersCommand(context).Create();

    /// <summary>An option <c>--role</c>.</summary>
    public static Option<AccessRole> RoleOption(bool isRequired) => new("--role")
    {
        Description = "viewer reads, operator starts and cancels, author changes what runs, admin changes who may do what.",
        HelpName = "viewer|operator|author|admin", Required = isRequired,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (Enum.GetValues<AccessRole>().Where(role => role.Name == text).ToList() is [var role]) return role;
            result.AddError($"'{text}' is not a role. There are viewer, operator, author and admin.");
            return default;
        },
    };

    Command Create() => new("users", "Those who may log in to the server.")
    {
        Changing("add", "Adds a user. The password is asked for.", [role, fromInput], async (users, who, parsed, cancellationToken) =>
        {
            var password = await ReadPasswordAsync(who, parsed, cancellationToken);
            await users.AddAsync(who, parsed.GetValue(role), password, cancellationToken);
            return $"User '{who}' may log in as {parsed.GetValue(role).Name}.";
        }),
        List(),
        Changing("remove", "Removes a user with all logins and tokens.", [], async (users, who, _, cancellationToken) =>
        {
            await users.RemoveAsync(who, cancellationToken);
            return $"User '{who}' is removed, with all logins and tokens.";
        }),
        Changing("set-password", "Changes a password; whoever is logged in logs in again.", [fromInput], async (users, who, parsed, cancellationToken) =>
        {
            await users.SetPasswordAsync(who, await ReadPasswordAsync(who, parsed, cancellationToken), cancellationToken);
            return $"User '{who}' has a new password. All logins have ended.";
        }),
        Changing("set-role", "Changes what a user may do; whoever is logged in logs in again.", [role], async (users, who, parsed, cancellationToken) =>
        {
            await users.SetRoleAsync(who, parsed.GetValue(role), cancellationToken);
            return $"User '{who}' is {parsed.GetValue(role).Name} now. All logins have ended.";
        }),
        Changing("disable", "Keeps a user out: logins end, tokens do not work.", [], async (users, who, _, cancellationToken) =>
        {
            await users.SetDisabledAsync(who, isDisabled: true, cancellationToken);
            return $"User '{who}' is kept out. 'orchestrator users enable {who}' lets them in again.";
        }),
        Changing("enable", "Lets a user in again who was kept out.", [], async (users, who, _, cancellationToken) =>
        {
            await users.SetDisabledAsync(who, isDisabled: false, cancellationToken);
            return $"User '{who}' may log in again.";
        }),
    };

    Command Changing(
        string verb, string description, IReadOnlyList<Option> options, Func<UserStore, string, ParseResult, CancellationToken, Task<string>> change)
    {
        var command = new Command(verb, description) { name };
        foreach (var option in options) command.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var who = UserStore.Normalize(parsed.GetRequiredValue(name));
            await using var platform = await context.StartAsync(parsed, cancellationToken);
            await context.Terminal.Output.WriteLineAsync(await change(platform.Users, who, parsed, cancellationToken));
        });
        return command;
    }

    Command List()
    {
        var json = CommandContext.Json();
        var command = new Command("list", "Lists the users.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var platform = await context.StartAsync(parsed, cancellationToken);
            var users = await platform.Users.ListAsync(cancellationToken);
            if (parsed.GetValue(json))
            {
                JsonOutput.WriteRows(context.Terminal.Output,
                    users.Select(user => new { user.Name, Role = user.Role.Name, user.IsDisabled, user.CreatedAt, user.Sessions, user.Tokens }));
                return;
            }
            var table = new TextTable("name", "role", "", ">logins", ">tokens", "added (UTC)");
            foreach (var user in users)
            {
                table.Add(user.Name, user.Role.Name, user.IsDisabled ? "disabled" : "", user.Sessions.ToString(CultureInfo.InvariantCulture),
                    user.Tokens.ToString(CultureInfo.InvariantCulture), user.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture));
            }
            table.WriteTo(context.Terminal.Output, "There is no user. 'orchestrator users add' adds one.");
        });
        return command;
    }

    async Task<string> ReadPasswordAsync(string user, ParseResult parsed, CancellationToken cancellationToken) =>
        await PasswordPrompt.ReadAsync(context.Terminal, parsed.GetValue(fromInput), user, cancellationToken);
}
