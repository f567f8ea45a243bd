using System.Text.RegularExpressions;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Workflows.Definitions;

/// <summary>A named limit of what executes at once.</summary>
/// <param name="Name">
/// <c>runs</c> for all runs of the platform, <c>runs:DEFINITION</c> for those of one workflow, else the pool that activities take a slot of.
/// </param>
/// <param name="Slots">How many at once, at least 1; <see langword="null"/> for any number.</param>
/// <param name="Version">Grows with each change.</param>
/// <param name="Held">Who has a slot, by priority and age.</param>
/// <param name="Waiting">Who waits for one, the next one first.</param>
public sealed record Pool(string Name, int? Slots, long Version, IReadOnlyList<PoolUse> Held, IReadOnlyList<PoolUse> Waiting)
{
    /// <summary>The pool that limits all runs.</summary>
    public const string Runs = "runs";

    /// <summary>Whether it limits runs, not activities.</summary>
    public static bool IsOfRuns(string name) => name == Runs || name.StartsWith("runs:", StringComparison.Ordinal);

    /// <summary>Whether a text can be the name of a pool.</summary>
    public static bool IsName(string text) => PoolNames.Pattern.IsMatch(text);
}

/// <summary>A slot that somebody has or waits for.</summary>
/// <param name="RunId">The run.</param>
/// <param name="DefinitionId">Its workflow.</param>
/// <param name="Partition">Its month; <see langword="null"/> for none.</param>
/// <param name="ActivityId">The activity; <see langword="null"/> where the slot is for the run as a whole.</param>
/// <param name="Priority">Priority of the run.</param>
/// <param name="Since">Since when it has the slot, or waits.</param>
public sealed record PoolUse(Guid RunId, string DefinitionId, Partition? Partition, string? ActivityId, int Priority, DateTimeOffset Since);

static partial class PoolNames
{
    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1_000)]
    public static partial Regex Pattern { get; }
}
