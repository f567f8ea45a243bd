using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Workflows.Workers;

/// <summary>A run while a worker drives it under one lease, with what the parts of its driver share.</summary>
/// <param name="Run">The run as it was claimed.</param>
/// <param name="Definition">What it executes.</param>
/// <param name="Recorder">Its state, and what is not durable yet.</param>
/// <param name="Mailbox">What reaches the driver from outside.</param>
/// <param name="Spans">Its spans.</param>
/// <param name="Observer">Who watches it.</param>
sealed record Drive(
    Run Run, WorkflowDefinition Definition, RunRecorder Recorder, RunMailbox Mailbox, RunSpans Spans, IRunObserver Observer);
