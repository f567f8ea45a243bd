using System.CommandLine;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Hosting;
using Orchestrator.Server.Machine;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>serve</c>: runs the server until it is asked to stop.</summary>
sealed class ServeCommand(CommandContext context)
{
    readonly Option<string?> urls = new("--urls")
    {
        Description = $"Where to listen, separated by semicolons; {ServerOptions.DefaultUrl} where it is not given.",
        HelpName = "URLS",
    };
    readonly Option<int?> workers = new("--workers") { Description = "Runs at once; default 4.", HelpName = "N" };
    readonly Option<string?> roles = new("--roles")
    {
        Description = "Roles of this process: one or more of api, scheduler and worker; default all.",
        HelpName = "ROLES",
    };

    readonly Option<int?> wait = new("--wait")
    {
        Description = "Seconds that the start waits for PostgreSQL to answer; default 60, 0 does not wait.",
        HelpName = "SECONDS",
    };

    public static Command Create(CommandContext context) => new ServeCommand(context).Create();

    Command Create()
    {
        var command = new Command("serve", "Serves the API, starts due runs and drives runs, until it is asked to stop.")
        {
            urls, workers, roles, wait,
        };
        command.SetAction(ExecuteAsync);
        return context.Options.OnThisMachine(command);
    }

    async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var settings = Settings.Read();
        var options = ServerOptions.Read(parsed.GetValue(urls), parsed.GetValue(workers), parsed.GetValue(roles), parsed.GetValue(wait), settings);
        var insistence = context.Terminal.ListenForSecond();
        var parts = new ServerParts(context.Engine, context.Terminal.Time,
            logging => logging.AddProvider(new LineLoggerProvider(context.Terminal.Output, context.Terminal.Time)));
        await using var server = await ServerHost.StartAsync(
            context.Options.Read(parsed), options, parts, settings, new(Drain: cancellationToken, Stop: insistence), cancellationToken);
        var isAsked = await server.RunAsync();
        return insistence.IsCancellationRequested ? ExitCodes.Interrupted : isAsked ? ExitCodes.Succeeded : ExitCodes.Failed;
    }
}
