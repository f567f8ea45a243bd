using System.CommandLine;
using System.Globalization;
using Orchestrator.Server.Api;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>secrets set|list|remove</c>.</summary>
static class SecretsCommand
{
    public static Command Create(CommandContext context) => new(
        "secrets", "Secret values for activities; definitions refer to them as secret:NAME.")
    {
        CreateSet(context), CreateList(context), CreateRemove(context),
    };

    static Command CreateSet(CommandContext context)
    {
        var name = Name();
        var fromInput = new Option<bool>("--value-stdin") { Description = "Read the value from standard input, all of it without the last line end, instead of asking for it." };
        var hosts = new Option<string>("--hosts")
        {
            Description = "Hosts that HTTP activities may send it to, such as api.example.org,*.example.com:8443; * for any. "
                + "Default: its present hosts.",
        };
        var command = new Command("set", "Sets a value. The command asks for it, which keeps it out of shell histories; nothing shows it.")
        {
            name, fromInput, hosts,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var which = parsed.GetRequiredValue(name);
            var value = await ReadAsync(context.Terminal, parsed.GetValue(fromInput), which, cancellationToken);
            await using var api = await context.ConnectAsync(parsed, cancellationToken);
            // A new value may be sent to the same hosts as the old one, not to more.
            var limit = parsed.GetValue(hosts) ?? (await api.GetAsync<SecretResponse[]>("secrets", cancellationToken)).FirstOrDefault(secret => secret.Name == which)?.Hosts;
            await api.SendAsync<SecretResponse>(HttpMethod.Put, AddressOf(which), new SecretRequest { Value = value, Hosts = limit?.Trim() is "*" ? null : limit }, [("If-Match", "*")], cancellationToken);
            await context.Terminal.Output.WriteLineAsync($"Secret '{which}' is set. Definitions name it as secret:{which}.");
        });
        return command;
    }

    static Command CreateList(CommandContext context)
    {
        var json = CommandContext.Json();
        var command = new Command("list", "Lists the secrets without their values.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var secrets = await context.ReadAsync(parsed, [], api => api.GetAsync<SecretResponse[]>("secrets", cancellationToken), cancellationToken);
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(context.Terminal.Output, secrets);
                return;
            }
            var table = new TextTable("name", "set (UTC)", "by", "hosts");
            foreach (var secret in secrets)
                table.Add(secret.Name, secret.ChangedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), secret.ChangedBy, secret.Hosts ?? "any");
            table.WriteTo(context.Terminal.Output, "There is no secret. 'orchestrator secrets set NAME' makes one.");
        });
        return command;
    }

    static Command CreateRemove(CommandContext context)
    {
        var name = Name();
        var command = new Command("remove", "Removes a secret. Activities that name it fail from now on.") { name };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var api = await context.ConnectToDataAsync(parsed, cancellationToken);
            await api.DeleteAsync(AddressOf(parsed.GetRequiredValue(name)), [("If-Match", "*")], cancellationToken);
            await context.Terminal.Output.WriteLineAsync($"Secret '{parsed.GetValue(name)}' is removed.");
        });
        return command;
    }

    static Argument<string> Name() => new("NAME") { Description = "Up to 100 letters, digits and ._-, a letter first." };

    static string AddressOf(string name) => $"secrets/{Uri.EscapeDataString(name)}";

    static async Task<string> ReadAsync(Terminal terminal, bool fromInput, string name, CancellationToken cancellationToken)
    {
        if (fromInput)
        {
            var given = await terminal.Input.ReadToEndAsync(cancellationToken);
            return given.EndsWith('\n') ? given[..^(given.EndsWith("\r\n", StringComparison.Ordinal) ? 2 : 1)] : given;
        }
        return terminal.AskUnseen is { } ask
            ? ask($"Value of {name}: ")
            : throw new UsageException("There is no terminal to ask for the value. Give it on standard input, with --value-stdin.");
    }
}
