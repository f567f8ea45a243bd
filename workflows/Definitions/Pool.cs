using System.Text.RegularExpressions;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Definitions;

/// <summary>A named limit on the number of executions at once.</summary>
/// <param name="Name"><c>runs</c> for all runs of the platform, <c>runs:DEFINITION</c> for those of one workflow, otherwise the pool of
/// activities.</param>
/// <param name="Slots">Number of slots, at least 1; <see langword="null"/> for no limit.</param>
/// <param name="Version">Version of the limit; grows with each change.</param>
/// <param name="Held">Holders of a slot, by priority and age.</param>
/// <param name="Waiting">Those that wait for a slot, the next one first.</param>
public sealed record Pool(string Name, int? Slots, long Version, IReadOnlyList<PoolUse> Held, IReadOnlyList<PoolUse> Waiting)
{
    /// <summary>The pool that limits all runs.</summary>
    public const string Runs = "runs";

    /// <summary>Whether it limits runs, not activities.</summary>
    public static bool IsOfRuns(string name) => name == Runs || name.StartsWith(OfOneWorkflow, StringComparison.Ordinal);

    /// <summary>
    /// Whether a text can be the name of a pool; that of one workflow's runs has the workflow's id in it, whatever that looks like.
    /// </summary>
    public static bool IsName(string text) => PoolNames.Pattern.IsMatch(text)
        || (text.StartsWith(OfOneWorkflow, StringComparison.Ordinal) && text.Length > OfOneWorkflow.Length
            && Identifiers.ProblemOfWorkflow(text[OfOneWorkflow.Length..]) is null);

    const string OfOneWorkflow = "runs:";
}

/// <summary>A slot that an attempt or a run has or waits for.</summary>
/// <param name="RunId">The run.</param>
/// <param name="DefinitionId">Its workflow.</param>
/// <param name="Partition">Its month; <see langword="null"/> for none.</param>
/// <param name="ActivityId">The activity; <see langword="null"/> if the slot is for the run as a whole.</param>
/// <param name="Priority">Priority of the run.</param>
/// <param name="Since">Time since which it has the slot, or waits.</param>
public sealed record PoolUse(Guid RunId, string DefinitionId, Partition? Partition, string? ActivityId, int Priority, DateTimeOffset Since);

static partial class PoolNames
{
    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1_000)]
    public static partial Regex Pattern { get; }
}
