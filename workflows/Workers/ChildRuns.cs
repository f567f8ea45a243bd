using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Workers;

/// <summary>The runs that activities of a run start.</summary>
public sealed class ChildRuns(RunStore runs, RunJournal journal, FindDefinition find, IOptions<RunOptions> options)
{
    /// <summary>
    /// Returns the id of the run that an execution starts: a UUIDv7 of the time at which the execution started, its random part derived
    /// from the parent's id and the number, so that the same execution always has the same child.
    /// </summary>
    /// <param name="which">The child, if an execution may start several; empty for the only one.</param>
    internal static Guid IdOf(Guid parent, ExecutionState execution, string which = "")
    {
        Span<byte> seed = new byte[20 + Encoding.UTF8.GetByteCount(which)];
        parent.TryWriteBytes(seed);
        BitConverter.TryWriteBytes(seed[16..], execution.Number);
        Encoding.UTF8.GetBytes(which, seed[20..]);
        Span<byte> random = stackalloc byte[32];
        SHA256.HashData(seed, random);
        Span<byte> id = stackalloc byte[16];
        Guid.CreateVersion7(execution.StartedAt!.Value).TryWriteBytes(id, bigEndian: true, out _);
        id[6] = (byte)(0x70 | (random[0] & 0x0f));
        random[1..10].CopyTo(id[7..]);
        id[8] = (byte)(0x80 | (id[8] & 0x3f));
        return new(id, bigEndian: true);
    }

    /// <summary>Starts the run that an execution requests; calling again changes nothing.</summary>
    /// <returns>Why it cannot be started; null if it has been.</returns>
    internal async Task<RunError?> StartAsync(
        Run parent, RunState state, ExecutionState execution, ChildRun child, CancellationToken cancellationToken)
    {
        var depth = state.Created!.Depth;
        if (depth >= options.Value.MaximumDepth)
        {
            return new("run.too_deep", string.Create(CultureInfo.InvariantCulture,
                $"'{execution.ActivityId}' would start a run of '{child.DefinitionId}', but " +
                $"{depth} runs above this one started each other already. Look for workflows that start themselves, " +
                $"or raise {RunOptions.Section}:{nameof(RunOptions.MaximumDepth)}."),
                execution.ActivityId);
        }
        if (await find(child.DefinitionId, cancellationToken) is not { } definition)
        {
            return new("run.unknown_workflow",
                $"No published version of workflow definition with ID {child.DefinitionId} found.", execution.ActivityId);
        }
        var id = IdOf(parent.Id, execution);
        if (!await runs.MayStartAsync(id, definition.DefinitionId, options.Value.StartsPerMinute, cancellationToken))
            return FailureRules.TooManyStarts(definition.DefinitionId, execution.ActivityId, options.Value);
        var inputs = new Dictionary<string, JsonElement>(child.Inputs ?? new Dictionary<string, JsonElement>(), StringComparer.Ordinal)
        {
            ["ParentInstanceId"] = JsonSerializer.SerializeToElement(parent.Id),
        };
        try
        {
            await runs.CreateAsync(new(id, definition, parent.Partition, definition.CompleteInputs(inputs, keepsOthers: true), parent.TraceParent)
            {
                Parent = new(parent.Id, child.IsAwaited ? execution.Number : null, depth), CorrelationId = child.CorrelationId ?? state.CorrelationId,
                Priority = parent.Priority, StartedBy = $"run {parent.Id}", WhenActive = WhenActive.Queue,
            }, cancellationToken);
            return null;
        }
        catch (InvalidInputsException invalid)
        {
            return new(InvalidInputsException.Code, invalid.Message, execution.ActivityId);
        }
        catch (PartitionOutOfRangeException outside)
        {
            return new(PartitionOutOfRangeException.Code, outside.Message, execution.ActivityId);
        }
    }

    /// <summary>Returns the result of the activity that waited for a run which has ended.</summary>
    internal async Task<ActivityResumed> ResultAsync(
        Guid parent, ActivityNode node, ExecutionState execution, CancellationToken cancellationToken)
    {
        var id = IdOf(parent, execution);
        var ended = RunState.Of(await journal.ReadAsync(id, cancellationToken));
        return ((ChildWorkflowActivity)node.Control!).ResultOf(id, ended, node, execution);
    }

    /// <summary>Requests the end of a run whose parent no longer waits for it.</summary>
    internal Task CancelAsync(Guid parent, ExecutionState execution, CancellationToken cancellationToken) =>
        runs.RequestCancelAsync(IdOf(parent, execution), $"'{execution.ActivityId}' of run {parent}, which waited for this run, was ended.", cancellationToken);
}
