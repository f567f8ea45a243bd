using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Workflows.Workers;

/// <summary>A run while a worker drives it under one lease, with the state that the parts of its driver share.</summary>
/// <param name="Run">The run as it was claimed.</param>
/// <param name="Definition">The definition that it executes.</param>
/// <param name="Recorder">Its state, with the changes that are not durable yet.</param>
/// <param name="Mailbox">Messages to the driver from outside.</param>
/// <param name="Spans">Its spans.</param>
/// <param name="Observer">Observer of the run.</param>
sealed record Drive(
    Run Run, WorkflowDefinition Definition, RunRecorder Recorder, RunMailbox Mailbox, RunSpans Spans, IRunObserver Observer);
