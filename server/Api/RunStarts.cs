using System.ComponentModel;
using System.Text.Json;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Publishing;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Api;

/// <summary>Options of a request that starts a run.</summary>
public abstract record StartOptions
{
    /// <summary>Value of the partition for a run without one.</summary>
    public const string NoPartition = "none";

    /// <summary>The month, such as <c>2026-10</c>, or <c>none</c>. Default the last complete month (UTC).</summary>
    [Description("The month, such as 2026-10, or 'none'. Default the last complete month (UTC).")]
    public string? Partition { get; init; }

    /// <summary>Input name → value, of the type that the workflow declares.</summary>
    public IReadOnlyDictionary<string, JsonElement> Inputs { get; init; } = new Dictionary<string, JsonElement>(StringComparer.Ordinal);

    /// <summary>Priority; waiting runs with the highest are claimed first. Default 0.</summary>
    public int Priority { get; init; }

    /// <summary>Handling of another active run for the same month. Default <c>Refuse</c>.</summary>
    public WhenActive WhenActive { get; init; }
}

/// <summary>Request to start a run of a workflow.</summary>
public sealed record StartRunRequest : StartOptions
{
    /// <summary>The workflow's id, such as <c>monthly-sales</c>.</summary>
    public required string Workflow { get; init; }
}

/// <summary>Request to start a run of a definition in the request.</summary>
public sealed record RunDefinitionRequest : StartOptions
{
    /// <summary>A workflow definition in Elsa 3's JSON.</summary>
    public required JsonElement Definition { get; init; }
}

/// <summary>Accepts requested runs.</summary>
sealed class RunStarts(RunStore runs, DefinitionStore definitions, IdempotentStarts starts, TimeProvider time)
{
    /// <summary>Code of a run that works on a month and has none.</summary>
    public const string NeedsPartition = "run.no_partition";

    /// <summary>Accepts a run, once for each idempotency key.</summary>
    /// <returns>The run, and whether this request started it.</returns>
    /// <param name="isAdHoc">Whether the definition came with the request.</param>
    public async Task<(Run Run, bool IsNew)> StartAsync(
        WorkflowDefinition definition, bool isAdHoc, StartOptions options, string? key, string startedBy, CancellationToken cancellationToken)
    {
        starts.RefuseWhileDraining();
        var month = RequestValues.MonthOfRun("partition", options.Partition, time);
        if (month is null) await RequireNoneAsync(definition, definitions.FindPublishedAsync, cancellationToken);
        var start = runs.Prepare(definition, month, options.Inputs, startedBy) with
        {
            Priority = options.Priority,
            WhenActive = options.WhenActive,
            IsAdHoc = isAdHoc,
        };
        return await starts.StartAsync(
            key, "run", Asked(start), id => runs.FindAsync(id, cancellationToken),
            id => runs.CreateAsync(start with { Id = id }, cancellationToken), cancellationToken);
    }

    /// <summary>Refuses a run without a month that is certain to fail for want of one.</summary>
    /// <exception cref="ApiException"><c>run.no_partition</c>.</exception>
    public static async Task RequireNoneAsync(WorkflowDefinition definition, FindDefinition find, CancellationToken cancellationToken)
    {
        if (!await PartitionNeed.IsRequiredAsync(definition, find, cancellationToken)) return;
        throw new ApiException(422, NeedsPartition,
            $"Workflow '{definition.DefinitionId}' works on a month, but partition '{StartOptions.NoPartition}' gives its run none. "
            + "Give a month such as 2026-10, or leave partition out for the month that ended last.");
    }

    static string Asked(StartRun start)
    {
        var inputs = start.Inputs.OrderBy(input => input.Key, StringComparer.Ordinal);
        return string.Join('\n',
        [
            start.Definition.DefinitionId, $"{start.Partition}", $"{start.Priority}", $"{start.WhenActive}",
            .. inputs.Select(input => $"{input.Key}={input.Value.GetRawText()}"),
        ]);
    }
}
