using System.Text.Json;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Workflows.Control;

/// <summary>An event for those who wait for it.</summary>
/// <param name="Name">Its name; case matters.</param>
/// <param name="Payload">What it brings; <see langword="null"/> for nothing.</param>
/// <param name="CorrelationId">Only for runs with this one; <see langword="null"/> for all.</param>
/// <param name="RunId">Only for this run; it starts none then. <see langword="null"/> for all.</param>
/// <param name="ByActivity">Id of the activity that publishes it; <see langword="null"/> if no run does.</param>
public sealed record PublishedEvent(string Name, JsonElement? Payload = null, string? CorrelationId = null, Guid? RunId = null, string? ByActivity = null)
{
    /// <summary>The month of the runs that it starts; <see langword="null"/> for none in particular.</summary>
    public Partition? Partition { get; init; }

    /// <summary>Otherwise the month of those whose workflow has data activities; <see langword="null"/> for the one that ended last
    /// (UTC).</summary>
    public Partition? OtherwisePartition { get; init; }

    /// <summary>Whether the runs that it starts have no month at all. Default false.</summary>
    public bool IsWithoutPartition { get; init; }
}

/// <summary>Runs that an event reached.</summary>
/// <param name="Resumed">Runs that waited for it, one for each activity that did.</param>
/// <param name="Started">Runs that it started.</param>
public sealed record EventReach(IReadOnlyList<Guid> Resumed, IReadOnlyList<Guid> Started)
{
    /// <summary>Workflows that begin with it and could not start.</summary>
    public IReadOnlyList<RefusedStart> Refused { get; init; } = [];
}

/// <summary>A workflow that an event could not start.</summary>
/// <param name="Workflow">The workflow.</param>
/// <param name="Code">Stable code, such as <c>run.bad_input</c>.</param>
/// <param name="Reason">The reason, in words.</param>
public sealed record RefusedStart(string Workflow, string Code, string Reason);

/// <summary>Delivers an event to the runs that wait for it, and starts the workflows that begin with it.</summary>
delegate Task<EventReach> TellEvent(PublishedEvent published, string startedBy, Func<string, Guid>? idOf, CancellationToken cancellationToken);
