using System.ComponentModel;
using System.Text.Json;
using Orchestrator.Server.Hosting;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Api;

/// <summary>What a run is started with.</summary>
public abstract record StartOptions
{
    /// <summary>Value of a partition for a run without one.</summary>
    public const string NoPartition = "none";

    /// <summary>The month, such as <c>2026-10</c>, or <c>none</c>; the month that ended last (UTC) where it is left out.</summary>
    [Description("The month, such as 2026-10, or 'none'; the month that ended last (UTC) where it is left out.")]
    public string? Partition { get; init; }

    /// <summary>Input name → value, of the type that the workflow declares.</summary>
    public IReadOnlyDictionary<string, JsonElement> Inputs { get; init; } = new Dictionary<string, JsonElement>(StringComparer.Ordinal);

    /// <summary>Of the runs that wait the highest is taken first. Default 0.</summary>
    public int Priority { get; init; }

    /// <summary>What to do where another run of the workflow has the month. Default <c>Refuse</c>.</summary>
    public WhenActive WhenActive { get; init; }
}

/// <summary>Starts a run of a workflow.</summary>
public sealed record StartRunRequest : StartOptions
{
    /// <summary>The workflow's id, such as <c>monthly-sales</c>.</summary>
    public required string Workflow { get; init; }
}

/// <summary>Starts a run of a definition that is sent along.</summary>
public sealed record RunDefinitionRequest : StartOptions
{
    /// <summary>A workflow definition in Elsa 3's JSON.</summary>
    public required JsonElement Definition { get; init; }
}

/// <summary>Accepts runs that a request asks for.</summary>
sealed class RunStarts(
    RunStore runs, DefinitionStore definitions, IdempotentStarts starts, PartitionRange months, ServerShutdown shutdown, TimeProvider time)
{
    /// <summary>Code of a run that works on a month and has none.</summary>
    public const string NeedsPartition = "run.no_partition";

    /// <summary>Accepts one, once for each idempotency key.</summary>
    /// <returns>The run, and whether this request started it.</returns>
    /// <param name="isAdHoc">Whether the definition was sent along.</param>
    public async Task<(Run Run, bool IsNew)> StartAsync(
        WorkflowDefinition definition, bool isAdHoc, StartOptions options, string? key, string startedBy, CancellationToken cancellationToken)
    {
        RefuseWhileDraining();
        Partition? month = options.Partition == StartOptions.NoPartition ? null : RequestValues.MonthOrLast("partition", options.Partition, time);
        months.Check(month);
        if (month is null) await RequireNoneAsync(definition, cancellationToken);
        var inputs = definition.CompleteInputs(options.Inputs);
        return await starts.StartAsync(
            key, "run", Asked(definition, month, inputs, options), id => runs.FindAsync(id, cancellationToken),
            id => runs.CreateAsync(
                new(id, definition, month, inputs) { Priority = options.Priority, WhenActive = options.WhenActive, StartedBy = startedBy, IsAdHoc = isAdHoc }, cancellationToken),
            cancellationToken);
    }

    /// <summary>Refuses a run without a month that is certain to fail for want of one.</summary>
    /// <exception cref="ApiException"><c>run.no_partition</c>.</exception>
    public async Task RequireNoneAsync(WorkflowDefinition definition, CancellationToken cancellationToken)
    {
        if (!await PartitionNeed.IsRequiredAsync(definition, definitions.FindPublishedAsync, cancellationToken)) return;
        throw new ApiException(422, NeedsPartition,
            $"Workflow '{definition.DefinitionId}' works on a month, but partition '{StartOptions.NoPartition}' gives its run none. "
            + "Give a month such as 2026-10, or leave partition out for the month that ended last.");
    }

    /// <summary>Refuses what would start something.</summary>
    /// <exception cref="ApiException"><c>server.draining</c>.</exception>
    public void RefuseWhileDraining()
    {
        if (shutdown.Drain.IsCancellationRequested)
            throw new ApiException(503, "server.draining", "The server is about to end, so it starts nothing new. Ask again when it is back.") { RetryAfter = ApiProblems.Away };
    }

    static string Asked(WorkflowDefinition definition, Partition? month, IReadOnlyDictionary<string, JsonElement> inputs, StartOptions options)
    {
        var values = inputs.OrderBy(input => input.Key, StringComparer.Ordinal).Select(input => $"{input.Key}={input.Value.GetRawText()}");
        return string.Join('\n', [definition.DefinitionId, $"{month}", $"{options.Priority}", $"{options.WhenActive}", .. values]);
    }
}
