using Orchestrator.Spark.Models;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Activities.Star;

/// <summary>Builds one data mart of a month from the star schema.</summary>
/// <exception cref="ActivityFailedException">
/// <c>mart.unknown</c>: there is no such mart; <c>assets.not_materialized</c>: the star schema was not built; <c>sql.*</c>: the engine
/// failed.
/// </exception>
[Activity("Orchestrator", "Star schema", "Builds one data mart of a month from the star schema.",
    Kind = ActivityKind.Job, NeedsPartition = true)]
[Pool("spark")]
public sealed class BuildMart : CodeActivity
{
    const string Folder = "marts";

    /// <summary>Name of the mart, which is its model's: <c>mart_customer_monthly</c> or <c>mart_sales_monthly</c>.</summary>
    [Input(Description = "The mart to build.", IsRequired = true, Options = ["mart_customer_monthly", "mart_sales_monthly"],
        UIHint = "dropdown")]
    public Input<string> Mart { get; set; } = default!;

    /// <inheritdoc/>
    protected override async ValueTask ExecuteAsync(ActivityExecutionContext context)
    {
        var partition = context.GetPartition();
        var models = context.GetRequiredService<ModelCatalog>();
        var name = context.Get(Mart);
        if (name is null || !models.Has(Folder, name))
            throw new ActivityFailedException("mart.unknown",
                $"There is no mart '{name}'. Set the input 'mart' to one of: " +
                $"{string.Join(", ", models.All.Where(known => known.Folder == Folder).Select(known => known.Name))}.",
                isRetryable: false);

        var star = await StarOfMonth.FindAsync(
            context, partition, models[name].Reads.Where(read => read != StarAssets.Fact.Name).Select(read => new AssetKey(read)));
        await using var session = await ModelSession.OpenAsync(context);
        await star.ReadAsync(session);
        session.ReportProgress(new(0, star.Fact.Rows, Step: name));
        var written = await session.WriteAsync(name, new(name), partition, ModelSession.ParametersOf(partition), star.Ids);
        context.AddMaterialization(written with { Figures = star.Fact.Figures.And(written.Figures) });
        session.ReportProgress(new(star.Fact.Rows, star.Fact.Rows, written.Bytes, name));
        context.SetMetric(MetricNames.Rows, written.Rows);
        context.SetMetric(MetricNames.Bytes, written.Bytes);
    }
}
