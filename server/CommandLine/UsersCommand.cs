using System.CommandLine;
using System.Globalization;
using Orchestrator.Server.Access;
using Orchestrator.Server.Api;
using Orchestrator.Server.Client;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>users add|list|remove|set-password|set-role|disable|enable</c>.</summary>
sealed class UsersCommand(CommandContext context)
{
    readonly Argument<string> name = new("NAME") { Description = "The user's name; case does not matter." };
    readonly Option<AccessRole> role = RoleOption(isRequired: true);
    readonly Option<bool> fromInput = PasswordPrompt.FromInput();

    public static Command Create(CommandContext context) => new UsersCommand(context).Create();

    /// <summary>Creates the option <c>--role</c>.</summary>
    public static Option<AccessRole> RoleOption(bool isRequired) => new("--role")
    {
        Description = "viewer reads, operator starts and cancels, author changes workflows and schedules, admin manages users.",
        HelpName = "viewer|operator|author|admin", Required = isRequired,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (Enum.GetValues<AccessRole>().Where(role => role.Name == text).ToList() is [var role]) return role;
            result.AddError($"'{text}' is not a role. There are viewer, operator, author and admin.");
            return default;
        },
    };

    Command Create() => new("users", "The users who may log in to the server.")
    {
        Changing("add", "Adds a user. The password is asked for.", [role, fromInput], async (api, who, parsed, cancellationToken) =>
        {
            var request = new NewUserRequest(who, parsed.GetValue(role).Name, await ReadPasswordAsync(who, parsed, cancellationToken));
            var added = await api.PostAsync<UserResponse>("users", request, cancellationToken);
            return $"User '{added.Name}' may log in as {added.Role}.";
        }),
        List(),
        Changing("remove", "Removes a user with all logins and tokens.", [], async (api, who, _, cancellationToken) =>
        {
            await api.DeleteAsync(PathOf(who), [], cancellationToken);
            return $"User '{who}' is removed, with all logins and tokens.";
        }),
        Changing("set-password", "Changes a password; whoever is logged in logs in again.", [fromInput], async (api, who, parsed, cancellationToken) =>
        {
            var request = new UserPasswordRequest(await ReadPasswordAsync(who, parsed, cancellationToken));
            await api.SendAsync<UserResponse>(HttpMethod.Put, $"{PathOf(who)}/password", request, [], cancellationToken);
            return $"User '{who}' has a new password. All logins have ended.";
        }),
        Changing("set-role", "Changes what a user may do; whoever is logged in logs in again.", [role], async (api, who, parsed, cancellationToken) =>
        {
            var changed = await api.SendAsync<UserResponse>(HttpMethod.Put, $"{PathOf(who)}/role", new UserRoleRequest(parsed.GetValue(role).Name), [], cancellationToken);
            return $"User '{who}' is {changed.Role} now. All logins have ended.";
        }),
        Changing("disable", "Keeps a user out: logins end, tokens do not work.", [], async (api, who, _, cancellationToken) =>
        {
            await api.PostAsync<UserResponse>($"{PathOf(who)}/disable", body: null, cancellationToken);
            return $"User '{who}' is kept out. 'orchestrator users enable {who}' lets them in again.";
        }),
        Changing("enable", "Lets a user in again who was kept out.", [], async (api, who, _, cancellationToken) =>
        {
            await api.PostAsync<UserResponse>($"{PathOf(who)}/enable", body: null, cancellationToken);
            return $"User '{who}' may log in again.";
        }),
    };

    Command Changing(
        string verb, string description, IReadOnlyList<Option> options, Func<ApiClient, string, ParseResult, CancellationToken, Task<string>> change)
    {
        var command = new Command(verb, description) { name };
        foreach (var option in options) command.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var who = UserStore.Normalize(parsed.GetRequiredValue(name));
            await using var api = await context.ConnectAsync(parsed, cancellationToken);
            await context.Terminal.Output.WriteLineAsync(await change(api, who, parsed, cancellationToken));
        });
        return command;
    }

    Command List()
    {
        var json = CommandContext.Json();
        var command = new Command("list", "Lists the users.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var users = await context.ReadAsync(parsed, [], api => api.GetAsync<IReadOnlyList<UserResponse>>("users", cancellationToken), cancellationToken);
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(context.Terminal.Output, users);
                return;
            }
            var table = new TextTable("name", "role", "", ">logins", ">tokens", "added (UTC)");
            foreach (var user in users)
            {
                table.Add(user.Name, user.Role, user.IsDisabled ? "disabled" : "", user.Sessions.ToString(CultureInfo.InvariantCulture),
                    user.Tokens.ToString(CultureInfo.InvariantCulture), user.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture));
            }
            table.WriteTo(context.Terminal.Output, "There is no user. 'orchestrator users add' adds one.");
        });
        return command;
    }

    static string PathOf(string user) => $"users/{Uri.EscapeDataString(user)}";

    async Task<string> ReadPasswordAsync(string user, ParseResult parsed, CancellationToken cancellationToken) =>
        await PasswordPrompt.ReadAsync(context.Terminal, parsed.GetValue(fromInput), user, cancellationToken);
}
