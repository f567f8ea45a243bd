using System.CommandLine;
using System.Globalization;
using Orchestrator.Server.Composition;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>doctor</c>: checks everything that the platform needs and how to fix it.</summary>
static class DoctorCommand
{
    public static Command Create(CommandContext context)
    {
        var json = CommandContext.Json();
        var command = new Command("doctor", "Checks what the platform needs and says what to do about each problem.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var findings = await new Examination(context.Options.Read(parsed), context.Engine, context.Terminal.Time).RunAsync(cancellationToken);
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(context.Terminal.Output,
                    findings.Select(finding => new { finding.Check, Ok = finding.IsOk, finding.Found, finding.ToDo }));
            }
            else
            {
                foreach (var finding in findings)
                {
                    await context.Terminal.Output.WriteLineAsync($"{(finding.IsOk ? "ok     " : "PROBLEM")}  {finding.Check,-14}  {finding.Found}");
                    if (finding.ToDo is { } advice) await context.Terminal.Output.WriteLineAsync($"         {"",-14}  {advice}");
                }
                var problems = findings.Count(finding => !finding.IsOk);
                await context.Terminal.Output.WriteLineAsync(problems == 0
                    ? "All is well."
                    : string.Create(CultureInfo.InvariantCulture, $"{problems} {(problems == 1 ? "problem" : "problems")} found."));
            }
            return findings.All(finding => finding.IsOk) ? ExitCodes.Succeeded : ExitCodes.Failed;
        });
        return context.Options.OnThisMachine(command);
    }
}
