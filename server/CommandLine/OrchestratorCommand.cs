using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Npgsql;
using Orchestrator.Server.Client;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Telemetry;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Server.CommandLine;

/// <summary>The command line of the platform.</summary>
public static class OrchestratorCommand
{
    const string Name = "orchestrator";
    const string Description = "Runs data workflows: sales of a month from their source to a star schema, marts and tuned PostgreSQL tables.";

    /// <summary>Executes a command line.</summary>
    /// <param name="engine">The engine that runs the models.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> InvokeAsync(
        IReadOnlyList<string> arguments, Terminal terminal, EnginePart engine, CancellationToken cancellationToken)
    {
        if (arguments.Count == 0) arguments = ["serve"];
        var parsed = Create(terminal, engine).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction)
        {
            foreach (var error in parsed.Errors) await terminal.Error.WriteLineAsync(error.Message);
            await terminal.Error.WriteLineAsync($"See '{PathOf(parsed)} --help'.");
            return ExitCodes.BadUsage;
        }
        // No span for the server, which outlives every trace.
        using var span = parsed.CommandResult.Command.Name is "serve" ? null : ServerTelemetry.StartCommand(PathOf(parsed));
        try
        {
            // We handle signals: a canceled run may take longer to end than the library would wait.
            var code = await parsed.InvokeAsync(new()
            {
                Output = terminal.Output, Error = terminal.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null,
            }, cancellationToken);
            return cancellationToken.IsCancellationRequested && parsed.CommandResult.Command.Name is not "serve" ? ExitCodes.Interrupted : code;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        // CA1031: at the end of the process every failure becomes a message and an exit code.
#pragma warning disable CA1031
        catch (Exception error)
#pragma warning restore CA1031
        {
            await terminal.Error.WriteLineAsync(Describe(error));
            return error is UsageException or InvalidDefinitionException or PartitionOutOfRangeException or ApiProblemException { IsOfRequest: true } ? ExitCodes.BadUsage : ExitCodes.Failed;
        }
    }

    /// <summary>Creates the root command with all subcommands.</summary>
    public static RootCommand Create(Terminal terminal, EnginePart engine)
    {
        var options = new GlobalOptions();
        var context = new CommandContext(terminal, options, new(Platform.Registry, DefinitionLibrary.ShippedFolder), engine);
        var root = new RootCommand(Description) { HelpName = Name };
        options.AddTo(root);
        root.Add(ServeCommand.Create(context));
        root.Add(ReadyCommand.Create(context));
        root.Add(RunCommand.Create(context));
        root.Add(RunsCommand.Create(context));
        root.Add(RerunCommand.CreateRetry(context));
        root.Add(RerunCommand.CreateRerun(context));
        root.Add(WorkflowsCommand.Create(context));
        root.Add(SchedulesCommand.Create(context));
        root.Add(BackfillsCommand.Create(context));
        root.Add(AssetsCommand.Create(context));
        root.Add(MartsCommand.Create(context));
        root.Add(IndexesCommand.Create(context));
        root.Add(VacuumCommand.Create(context));
        root.Add(PoolsCommand.Create(context));
        root.Add(WorkersCommand.Create(context));
        root.Add(SecretsCommand.Create(context));
        root.Add(UsersCommand.Create(context));
        root.Add(TokensCommand.Create(context));
        root.Add(AuditCommand.Create(context));
        root.Add(DoctorCommand.Create(context));
        root.Add(CompletionCommand.Create(context));
        AddExamples(root);
        return root;
    }

    static string Describe(Exception error) => error switch
    {
        UsageException or PlatformException or ActivityFailedException or InvalidDefinitionException or ApiProblemException or PartitionOutOfRangeException => error.Message,
        RunAlreadyActiveException active => $"{active.Message} 'orchestrator runs show {active.ActiveRun}' shows it.",
        NpgsqlException => $"PostgreSQL failed: {error.Message} Run 'orchestrator doctor'.",
        IOException or UnauthorizedAccessException => $"{error.Message} Run 'orchestrator doctor'.",
        _ => $"Unexpected failure, which is a mistake in the program. Please report it.{Environment.NewLine}{error}",
    };

    static string PathOf(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (var at = parsed.CommandResult; at is not null; at = at.Parent as CommandResult)
            names.Push(at.Command is RootCommand ? Name : at.Command.Name);
        return string.Join(' ', names);
    }

    static void AddExamples(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>()) option.Action = new HelpWithExamples((HelpAction)option.Action!);
    }

    /// <summary>The library's help, with examples at its end.</summary>
    sealed class HelpWithExamples(HelpAction standard) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var code = standard.Invoke(parseResult);
            if (Examples.Of(PathOf(parseResult)) is { Count: > 0 } examples)
            {
                var output = parseResult.InvocationConfiguration.Output;
                output.WriteLine("Examples:");
                foreach (var example in examples) output.WriteLine($"  {example}");
                output.WriteLine();
            }
            return code;
        }
    }
}
