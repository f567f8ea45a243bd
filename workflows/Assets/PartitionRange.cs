using Microsoft.Extensions.Options;

namespace Orchestrator.Workflows.Assets;

/// <summary>
/// The only rule for months of runs: a mistyped year is refused before anything is written, since data of the year 206 would make the
/// calendar of all other months endless.
/// </summary>
public sealed class PartitionRange(IOptions<PartitionOptions> options, TimeProvider clock)
{
    /// <summary>The earliest month.</summary>
    public Partition First => Partition.Parse(options.Value.First);

    /// <summary>The latest month; it moves with the clock (UTC).</summary>
    public Partition Last
    {
        get
        {
            var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
            return new(new DateOnly(today.Year, today.Month, 1).AddYears(options.Value.YearsAhead));
        }
    }

    /// <summary>Refuses a month outside of the range.</summary>
    /// <exception cref="PartitionOutOfRangeException">It is outside.</exception>
    public void Check(Partition? partition)
    {
        if (Refusal(partition) is { } reason) throw new PartitionOutOfRangeException(reason);
    }

    /// <summary>Returns the reason if a month is outside of the range; <see langword="null"/> if it is inside.</summary>
    public string? Refusal(Partition? partition) => partition is not { } month || (month >= First && month <= Last)
        ? null
        : $"{month} is not a month that a run may work on: expected is one from {First} to {Last}. Check the year; Partitions:First and Partitions:YearsAhead set the range.";
}

/// <summary>A run that was refused because its month is outside of <see cref="PartitionRange"/>; nothing was started.</summary>
/// <param name="message">The month, the range, what to do.</param>
public sealed class PartitionOutOfRangeException(string message) : Exception(message)
{
    /// <summary>Stable code of the error.</summary>
    public const string Code = "run.partition_out_of_range";
}
