using Orchestrator.Workflows.Publishing;

namespace Orchestrator.Server.Composition;

/// <summary>Imports the definitions that ship as files into the store, where people change them.</summary>
public sealed partial class ShippedDefinitions(DefinitionStore definitions, DefinitionLibrary library, ILogger<ShippedDefinitions> log)
{
    /// <summary>
    /// Imports new definitions. A copy that a person changed or deleted stays as it is; the newer file is offered as an update.
    /// </summary>
    public async Task ImportAsync(CancellationToken cancellationToken)
    {
        foreach (var name in library.Names)
        {
            switch (await definitions.ImportAsync(library.TextOf(name)!, "shipped", isWanted: false, cancellationToken))
            {
                case ShippedOutcome.Updated:
                    Updated(name);
                    break;
                case ShippedOutcome.Offered:
                    Offered(name);
                    break;
                case ShippedOutcome.Known or ShippedOutcome.Imported:
                default:
                    break;
            }
        }
    }

    /// <summary>Publishes the shipped file as a new version of its workflow, whatever was changed; earlier versions stay.</summary>
    /// <returns>Whether a file of that name ships.</returns>
    public async Task<bool> TakeAsync(string name, string by, CancellationToken cancellationToken)
    {
        if (library.TextOf(name) is not { } text) return false;
        await definitions.ImportAsync(text, by, isWanted: true, cancellationToken);
        return true;
    }

    [LoggerMessage(4090, LogLevel.Information, "Workflow {Workflow} has a new version that ships with the platform; nobody had changed it, so it is published.")]
    partial void Updated(string workflow);

    [LoggerMessage(4091, LogLevel.Warning, "Workflow {Workflow} ships in a new version, but was changed here, so it stays. 'orchestrator workflows update {Workflow}' takes the new one.")]
    partial void Offered(string workflow);
}
