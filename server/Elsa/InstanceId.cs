using System.Globalization;

namespace Orchestrator.Server.Elsa;

/// <summary>Ids for Elsa's clients. A run has its own; an execution has its run's id and its number, 0 for the workflow itself.</summary>
static class InstanceId
{
    /// <summary>Elsa's name for the workflow itself, in ids of nodes too.</summary>
    public const string Workflow = "Workflow1";

    /// <summary>Elsa's activity type of the workflow itself.</summary>
    public const string WorkflowType = "Elsa.Workflow";

    public static string Of(Guid run) => run.ToString();

    public static string Of(Guid run, int number) => string.Create(CultureInfo.InvariantCulture, $"{run:N}-{number}");

    /// <summary>Reads the id of an execution; <see langword="null"/> if it is malformed.</summary>
    public static (Guid Run, int Number)? ReadExecution(string? id) =>
        id is { Length: > 33 } && id[32] == '-' && Guid.TryParseExact(id[..32], "N", out var run)
        && int.TryParse(id.AsSpan(33), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (run, number)
            : null;
}
