using System.Text.Json;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Definitions;

/// <summary>Checks one activity: its type, its inputs, the targets of its outputs, its merge mode.</summary>
sealed class ActivityChecks(ActivityRegistry registry, ValueChecks values, ProblemList problems)
{
    const string StateMachine = "Elsa.StateMachine";

    public void Check(ActivityNode node)
    {
        if (node.Descriptor is not { } descriptor)
        {
            if (node.Type is StateMachine)
            {
                Note(node, "type", DefinitionProblemCodes.StateMachine,
                    "State machines are not executed here. Draw the workflow as a flowchart: decisions choose the next activity, connections back repeat one.");
            }
            else if (node.Type.Length > 0)
                Note(node, "type", DefinitionProblemCodes.UnknownActivity, $"Activity type '{JsonCursor.Shorten(node.Type)}' is not known.{Suggestion.For(node.Type, registry.All.Select(type => type.TypeName))}");
            return;
        }
        foreach (var input in descriptor.Inputs) values.CheckInput(node, input);
        foreach (var output in descriptor.Outputs) values.CheckOutput(node, output);
        CheckUnknownProperties(node, descriptor);
        CheckMergeMode(node);
        CheckPool(node);
        if (TimeTrigger.Of(node) is { Problem: { } problem }) Note(node, "type", DefinitionProblemCodes.Trigger, problem);
    }

    // Any other property may be a tool's note and is kept; only a property in the form of an input or an output must be one.
    void CheckUnknownProperties(ActivityNode node, ActivityDescriptor descriptor)
    {
        HashSet<string>? known = null;
        foreach (var property in node.Json.EnumerateObject())
        {
            if (property.Value.ValueKind is not JsonValueKind.Object) continue;
            var (isInput, isOutput) = (property.Value.TryGetProperty("expression", out _), property.Value.TryGetProperty("memoryReference", out _));
            if (!isInput && !isOutput) continue;
            known ??= [.. descriptor.Inputs.Select(input => ActivityReader.OnTheWire(input.Name)), .. descriptor.Outputs.Select(output => ActivityReader.OnTheWire(output.Name))];
            if (known.Contains(property.Name)) continue;
            var (code, word) = isInput ? (DefinitionProblemCodes.UnknownInput, "input") : (DefinitionProblemCodes.UnknownOutput, "output");
            IEnumerable<string> names = isInput ? descriptor.Inputs.Select(input => input.Name) : descriptor.Outputs.Select(output => output.Name);
            Note(node, property.Name, code, $"{descriptor.TypeName} has no {word} '{JsonCursor.Shorten(property.Name)}'.{Suggestion.For(property.Name, names, $"Its {word}s are")}");
        }
    }

    void CheckMergeMode(ActivityNode node)
    {
        if (node.CustomProperties.ValueKind is not JsonValueKind.Object || !node.CustomProperties.TryGetProperty("mergeMode", out var mode) || mode.ValueKind is JsonValueKind.Null) return;
        if (mode.ValueKind is JsonValueKind.String && MergeModes.TryParse(mode.GetString()!, out _)) return;
        problems.Add(node.Path.Property(node.Json, "customProperties").Property(node.CustomProperties, "mergeMode"), DefinitionProblemCodes.MergeMode,
            $"Merge mode {JsonCursor.Shorten(mode.GetRawText())} is not known. Use one of {string.Join(", ", MergeModes.Names)}.");
    }

    void CheckPool(ActivityNode node)
    {
        if (node.CustomProperties.ValueKind is not JsonValueKind.Object || !node.CustomProperties.TryGetProperty("pool", out var pool) || pool.ValueKind is JsonValueKind.Null) return;
        if (pool.ValueKind is JsonValueKind.String && (pool.GetString() is "" || (Pool.IsName(pool.GetString()!) && !Pool.IsOfRuns(pool.GetString()!)))) return;
        problems.Add(node.Path.Property(node.Json, "customProperties").Property(node.CustomProperties, "pool"), DefinitionProblemCodes.Pool,
            $"{JsonCursor.Shorten(pool.GetRawText())} is no pool for an activity. Use letters, digits and ._:- but not 'runs', which limits runs; empty text for no pool.");
    }

    void Note(ActivityNode node, string property, string code, string message) => problems.Add(node.Path.Property(node.Json, property), code, message);
}
