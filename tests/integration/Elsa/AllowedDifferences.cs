namespace Orchestrator.Tests.Integration.Elsa;

/// <summary>All in which our answers may differ from those of the stock server that were recorded, with the reason. Anything else fails <see cref="ReplayTests"/>.</summary>
static class AllowedDifferences
{
    /// <summary>Members that may have another value, or be there beside those recorded.</summary>
    public static readonly IReadOnlyDictionary<string, string> Members = new Dictionary<string, string>
    {
        ["createdAt"] = "When a version was made is now, not when it was recorded.",
        ["validationErrors"] = "Publishing says what may fail, such as an activity that nothing leads to.",
        ["links"] = "The recording keeps them once for a definition and once for a list; there they are compared.",
    };

    /// <summary>Lists in which we may have fewer: what we have is as recorded, item by item.</summary>
    public static readonly IReadOnlyDictionary<string, string> Subsets = new Dictionary<string, string>
    {
        ["/descriptors/expression-descriptors"] = "A definition is data: 'Delegate' is a piece of .NET code.",
        ["/descriptors/storage-drivers"] = "Variables are durable whatever a definition says; there is nothing to choose.",
        ["/descriptors/workflow-activation-strategies"] = "The runtime has one run of a workflow and month by its own rule.",
        ["/descriptors/log-persistence-strategies"] = "The log of everything is kept; there is nothing to choose.",
        ["/descriptors/commit-strategies/workflows"] = "Every step is committed before the next; there is nothing to choose.",
        ["/descriptors/commit-strategies/activities"] = "Every step is committed before the next; there is nothing to choose.",
    };

    /// <summary>Answers of which the shape is compared, not the values.</summary>
    public static readonly IReadOnlyDictionary<string, string> Shapes = new Dictionary<string, string>
    {
        ["/descriptors/variables"] = "The types are those of this platform.",
    };
}
