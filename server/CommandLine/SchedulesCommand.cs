using System.CommandLine;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>schedules preview</c>.</summary>
static class SchedulesCommand
{
    public static Command Create(CommandContext context) => new("schedules", "When workflows run by themselves.") { PreviewCommand.Create(context) };
}
