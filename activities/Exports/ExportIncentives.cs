namespace Orchestrator.Activities.Exports;

/// <summary>
/// Lists the incentives of a month: the sales people with the highest sales, with an amount by tier. Ties go by id, bytewise; the unknown
/// one is left out.
/// </summary>
/// <exception cref="ActivityFailedException">
/// <c>export.invalid_rule</c>: the rule cannot be used, with everything that is wrong with it; <c>assets.not_materialized</c>: the mart was
/// not built.
/// </exception>
[Activity("Orchestrator", "Exports", "Writes the month's list of incentives as CSV.", Kind = ActivityKind.Job, NeedsPartition = true)]
public sealed class ExportIncentives : CodeActivity
{
    const int DefaultTop = 20;

    static readonly RewardList List = new(
        "incentives", new("mart_sales_monthly"), "sales_people", "sales_person_id", "total_sales", "incentive");
    static readonly IReadOnlyList<RewardTier> DefaultTiers = [new(0m, 50m), new(10_000m, 100m), new(50_000m, 250m), new(100_000m, 500m)];

    /// <summary>Highest number of sales people; 20 if neither this nor <see cref="Share"/> is given.</summary>
    [Input(Description = "How many sales people at most. Give this or the share.")]
    public Input<int?> Top { get; set; } = default!;

    /// <summary>Share of the month's sales people, above 0 and up to 1, rounded up.</summary>
    [Input(Description = "Which share of the month's sales people, such as 0.05. Give this or the number.")]
    public Input<decimal?> Share { get; set; } = default!;

    /// <summary>Lowest total of the month that is rewarded.</summary>
    [Input(Description = "Lowest total of the month that is rewarded.")]
    public Input<decimal> Minimum { get; set; } = default!;

    /// <summary>Amounts by total: each gets the amount of the highest tier that its total reaches.</summary>
    [Input(Description = "Amounts by total, such as [{\"from\": 0, \"amount\": 5}, {\"from\": 1000, \"amount\": 25}].",
        UIHint = "json-editor")]
    public Input<IReadOnlyList<RewardTier>> Tiers { get; set; } = default!;

    /// <summary>The first five places.</summary>
    [Output(Description = "The first five places.")]
    public Output<IReadOnlyList<RewardedPlace>> First { get; set; } = default!;

    /// <inheritdoc/>
    protected override async ValueTask ExecuteAsync(ActivityExecutionContext context)
    {
        var (top, share) = (context.Get(Top), context.Get(Share));
        var rule = new RewardRule(
            top is null && share is null ? DefaultTop : top, share, context.Get(Minimum), context.Get(Tiers) ?? DefaultTiers);
        context.Set(First, await List.WriteAsync(context, rule));
    }
}
