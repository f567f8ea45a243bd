namespace Orchestrator.Workflows.Assets;

/// <summary>Identity of a table or file set, such as <c>raw/sales</c>, <c>dim_customer</c> or <c>warehouse/fact_sales</c>.</summary>
/// <param name="Name">Lower-case words joined by underscores, with an optional group before a slash.</param>
public readonly record struct AssetKey(string Name)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}
