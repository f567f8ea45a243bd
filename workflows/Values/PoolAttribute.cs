namespace Orchestrator.Workflows.Values;

/// <summary>
/// An activity type that takes a slot of a pool while it executes. A definition may name another pool: <c>customProperties.pool</c>.
/// </summary>
/// <param name="name">The pool, such as <c>spark</c>. A pool without a limit has room for everybody.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class PoolAttribute(string name) : Attribute
{
    /// <summary>Name of the pool.</summary>
    public string Name => name;
}
