using System.CommandLine;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>completion</c>: shell scripts that ask this program for suggestions.</summary>
static class CompletionCommand
{
    // The program completes the words after its own name; shells count from the start of the line.
    static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            _orchestrator() {
              local line="${COMP_LINE#* }" cut
              cut=$(( ${#COMP_LINE} - ${#line} ))
              local IFS=$'\n'
              COMPREPLY=($(orchestrator "[suggest:$(( COMP_POINT - cut ))]" "$line" 2>/dev/null))
            }
            complete -o default -F _orchestrator orchestrator
            """,
        ["zsh"] = """
            #compdef orchestrator
            _orchestrator() {
              local line="${BUFFER#* }"
              local -a found
              found=("${(@f)$(orchestrator "[suggest:$(( CURSOR - ${#BUFFER} + ${#line} ))]" "$line" 2>/dev/null)}")
              compadd -a found
              _files
            }
            compdef _orchestrator orchestrator
            """,
        ["fish"] = """
            function __orchestrator_complete
              set -l line (string replace -r '^\S+\s+' '' -- (commandline -cp))
              orchestrator "[suggest:"(string length -- $line)"]" $line 2>/dev/null
            end
            complete -c orchestrator -a '(__orchestrator_complete)'
            """,
    };

    public static Command Create(CommandContext context)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command("completion", "Writes a script that completes commands, workflows and months in your shell.") { shell };
        command.SetAction(parsed => context.Terminal.Output.WriteLine(Scripts[parsed.GetRequiredValue(shell)]));
        return context.Options.OnThisMachine(command);
    }
}
