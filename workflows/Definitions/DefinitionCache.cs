using System.Collections.Concurrent;

namespace Orchestrator.Workflows.Definitions;

/// <summary>Definitions that runs executed recently, each read once.</summary>
public sealed class DefinitionCache(ActivityRegistry registry)
{
    const int Most = 256;

    readonly ConcurrentDictionary<string, WorkflowDefinition> known = new(StringComparer.Ordinal);

    /// <returns>Null if it is not known.</returns>
    internal WorkflowDefinition? Find(string checksum) => known.GetValueOrDefault(checksum);

    /// <param name="checksum">Of the document; two documents with the same one are the same.</param>
    internal WorkflowDefinition Get(string checksum, string document)
    {
        if (known.TryGetValue(checksum, out var definition)) return definition;
        if (known.Count >= Most) known.Clear();
        return known.GetOrAdd(checksum, WorkflowDefinition.Parse(document, registry));
    }
}
