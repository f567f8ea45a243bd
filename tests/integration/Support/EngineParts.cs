using Orchestrator.Server.Composition;
using Orchestrator.Spark;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>Engines for platforms in the process of a test.</summary>
static class EngineParts
{
    /// <summary>The embedded one.</summary>
    public static EnginePart Embedded { get; } = new(
        static (services, _, _) => services.AddSpark(), static (_, _, _) => Task.FromResult<IReadOnlyList<Finding>>([new("engine", true, "DuckDB")]));
}
