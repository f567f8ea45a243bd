using System.CommandLine;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>ready</c>: asks a server whether it can work; for external probes such as a container's health check.</summary>
static class ReadyCommand
{
    static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(20);

    public static Command Create(CommandContext context)
    {
        var command = new Command("ready", "Asks a server (--server, or the one that runs on DIR) whether it can work; exit code 0 if it can.");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var options = context.Options.Read(parsed);
            var address = context.Options.ReadServer(parsed) ?? LocalServer.Find(options)?.Url
                ?? throw new UsageException($"No server runs on '{options.DataDirectory}'. Name one with --server URL.");
            using var http = new HttpClient { Timeout = RequestTimeout };
            try
            {
                using var answer = await http.GetAsync(new Uri(address, "readyz"), cancellationToken);
                await context.Terminal.Output.WriteLineAsync(answer.IsSuccessStatusCode ? $"{address} is ready." : $"{address} is not ready ({(int)answer.StatusCode}). Its /readyz says to those who are logged in what is missing.");
                return answer.IsSuccessStatusCode ? ExitCodes.Succeeded : ExitCodes.Failed;
            }
            catch (Exception error) when (error is HttpRequestException || error is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                await context.Terminal.Error.WriteLineAsync($"{address} does not answer: {error.Message}");
                return ExitCodes.Failed;
            }
        });
        return command;
    }
}
