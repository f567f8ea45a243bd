using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Workers;
using Spectre.Console;

namespace Orchestrator.Server.CommandLine;

/// <summary>Shows runs according to the options of a command.</summary>
/// <param name="isQuiet">Whether progress is left out.</param>
/// <param name="isJson">Whether the result is a document for programs; progress then goes to standard error.</param>
sealed class RunShow(Terminal terminal, bool isQuiet, bool isJson)
{
    Action<string>? live;

    /// <summary>Writes a message about the platform, between or below the lines of a run.</summary>
    public void Notice(string sentence)
    {
        if (live is { } say) say(sentence);
        else terminal.Error.WriteLine(sentence);
    }

    /// <summary>Shows a run while this process drives or follows it.</summary>
    /// <param name="drive">Drives or follows the run to its end and calls the observer.</param>
    public async Task<Run> ShowAsync(WorkflowDefinition definition, Run run, Func<IRunObserver, Task<Run>> drive)
    {
        var title = RunNarrative.Title(run.DefinitionName, run.Partition, run.Id);
        if (terminal.IsInteractive && !isQuiet && !isJson)
        {
            var display = new LiveRunDisplay(definition, title, terminal.Time);
            live = display.Say;
            try
            {
                return await display.ShowAsync(AnsiConsole.Console, () => drive(display));
            }
            finally
            {
                live = null;
            }
        }
        var output = isJson ? terminal.Error : terminal.Output;
        if (!isQuiet) await output.WriteLineAsync(title);
        return await drive(new PlainRunDisplay(definition, output, isQuiet, terminal.Time));
    }

    /// <summary>Writes the result of a run.</summary>
    public async Task WriteResultAsync(RunReport report)
    {
        if (isJson) JsonOutput.Write(terminal.Output, report.ToDocument());
        else if (isQuiet) await terminal.Output.WriteLineAsync(RunSummary.Headline(report));
        else
        {
            await terminal.Output.WriteLineAsync();
            foreach (var line in RunSummary.Render(report)) await terminal.Output.WriteLineAsync(line);
        }
    }
}
