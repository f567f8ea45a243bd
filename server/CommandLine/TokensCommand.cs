using System.CommandLine;
using System.Globalization;
using Orchestrator.Server.Access;
using Orchestrator.Server.Api;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>tokens create|list|revoke</c>.</summary>
static class TokensCommand
{
    const string Minutes = "yyyy-MM-dd HH:mm";

    public static Command Create(CommandContext context) => new("tokens", "API tokens, which programs send instead of a password.")
    {
        CreateCreate(context), CreateList(context), CreateRevoke(context),
    };

    static Command CreateCreate(CommandContext context)
    {
        var name = new Argument<string>("NAME") { Description = "Name that states its purpose, such as nightly-import." };
        var user = new Option<string>("--user")
        {
            Description = "Owner of the token; its role never exceeds theirs.", HelpName = "NAME", Required = true,
        };
        var role = UsersCommand.RoleOption(isRequired: false);
        role.Description = "Role of the token; default that of its user.";
        var expires = Expires();
        var json = CommandContext.Json();
        var command = new Command("create", "Creates a token and shows it once.") { name, user, role, expires, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var api = await context.ConnectAsync(parsed, cancellationToken);
            var wanted = parsed.GetResult(role) is { Implicit: false } ? parsed.GetValue(role).Name : null;
            var request = new NewTokenRequest(parsed.GetRequiredValue(name), parsed.GetRequiredValue(user), wanted, parsed.GetValue(expires));
            var token = await api.PostAsync<NewTokenResponse>("tokens", request, cancellationToken);
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(context.Terminal.Output, token);
                return;
            }
            await context.Terminal.Error.WriteLineAsync(
                $"Token '{token.Name}' of {token.User}, {token.Role}, until {Moment(token.ExpiresAt)} UTC. It is shown only now:");
            await context.Terminal.Output.WriteLineAsync(token.Token);
        });
        return command;
    }

    static Command CreateList(CommandContext context)
    {
        var json = CommandContext.Json();
        var command = new Command("list", "Lists the tokens without their secrets.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var tokens = await context.ReadAsync(parsed, [], api => api.GetAsync<IReadOnlyList<TokenResponse>>("tokens", cancellationToken), cancellationToken);
            var now = context.Terminal.Time.GetUtcNow();
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(context.Terminal.Output, tokens.Select(token => new
                {
                    token.Name,
                    token.User,
                    token.Role,
                    token.CreatedAt,
                    token.ExpiresAt,
                    IsExpired = token.ExpiresAt <= now,
                    token.LastUsedAt,
                }));
                return;
            }
            var table = new TextTable("name", "user", "role", "expires (UTC)", "last used (UTC)");
            foreach (var token in tokens)
            {
                table.Add(token.Name, token.User, token.Role, token.ExpiresAt <= now ? "expired" : Moment(token.ExpiresAt),
                    token.LastUsedAt is { } used ? Moment(used) : "never");
            }
            table.WriteTo(context.Terminal.Output, "There is no token. 'orchestrator tokens create' makes one.");
        });
        return command;
    }

    static Command CreateRevoke(CommandContext context)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the token." };
        var command = new Command("revoke", "Revokes a token at once.") { name };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var api = await context.ConnectAsync(parsed, cancellationToken);
            await api.DeleteAsync($"tokens/{Uri.EscapeDataString(parsed.GetRequiredValue(name))}", [], cancellationToken);
            await context.Terminal.Output.WriteLineAsync($"Token '{parsed.GetValue(name)}' has ended.");
        });
        return command;
    }

    static Option<TimeSpan> Expires() => new("--expires")
    {
        Description = "Lifetime in days or hours, such as 90d or 12h; up to 366d.", HelpName = "TIME",
        DefaultValueFactory = _ => TokenStore.DefaultLifetime,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (text.Length > 1 && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && text[^1] is 'd' or 'h' && TimeSpan.FromHours(text[^1] is 'd' ? number * 24d : number) is var lifetime
                && lifetime >= TokenStore.ShortestLifetime && lifetime <= TokenStore.LongestLifetime) return lifetime;
            result.AddError($"'{text}' is not a time from 1h to 366d. Write days or hours, such as 90d or 12h.");
            return default;
        },
    };

    static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString(Minutes, CultureInfo.InvariantCulture);
}
