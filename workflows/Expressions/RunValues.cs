using System.Text.Json;

namespace Orchestrator.Workflows.Expressions;

/// <summary>Values that an activity writes on the run itself.</summary>
/// <param name="Name">What people call the run, empty for nothing; <see langword="null"/> where it stays as it is.</param>
/// <param name="CorrelationId">What ties it to others, empty for nothing; <see langword="null"/> where it stays as it is.</param>
/// <param name="Outputs">Output name → value; <see langword="null"/> for none.</param>
sealed record RunValues(string? Name = null, string? CorrelationId = null, IReadOnlyDictionary<string, JsonElement>? Outputs = null);
