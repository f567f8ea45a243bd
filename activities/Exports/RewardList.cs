using System.Globalization;
using System.Text;
using Orchestrator.Activities.Star;
using Orchestrator.Activities.Store;
using Orchestrator.Spark.Models;

namespace Orchestrator.Activities.Exports;

/// <summary>A rewarded place of a month.</summary>
/// <param name="Rank">1 for the highest total.</param>
/// <param name="Id">Natural key of the customer or sales person.</param>
/// <param name="Total">Total of the month.</param>
/// <param name="Sales">How many sales.</param>
/// <param name="Amount">What is given.</param>
public sealed record RewardedPlace(int Rank, string Id, decimal Total, long Sales, decimal Amount);

/// <summary>A list of rewards: the best of a mart by a rule, as a CSV file (RFC 4180, UTF-8) in the object store.</summary>
/// <param name="Name">Last part of its asset's key, such as <c>coupons</c>.</param>
/// <param name="Mart">The mart it is taken from.</param>
/// <param name="Members">What the models of places are named by.</param>
/// <param name="IdColumn">Header of the natural key.</param>
/// <param name="TotalColumn">Header of the total.</param>
/// <param name="AmountColumn">Header of the amount.</param>
sealed record RewardList(string Name, AssetKey Mart, string Members, string IdColumn, string TotalColumn, string AmountColumn)
{
    const int Shown = 5;

    AssetKey Asset => new($"export/{Name}");

    string FileName => $"{Name}.csv";

    /// <summary>Writes the list of the run's month.</summary>
    /// <returns>The first places.</returns>
    public async Task<IReadOnlyList<RewardedPlace>> WriteAsync(ActivityExecutionContext context, RewardRule rule)
    {
        var problems = rule.Problems().ToList();
        if (problems.Count > 0)
            throw new ActivityFailedException("export.invalid_rule", $"The rule for {Name} cannot be used: {string.Join("; ", problems)}.",
                isRetryable: false);
        var partition = context.GetPartition();
        var mart = await context.GetMaterializationAsync(Mart, partition);
        var places = await SelectAsync(context, rule, mart);

        Directory.CreateDirectory(context.Attempt.WorkDirectory);
        var path = Path.Combine(context.Attempt.WorkDirectory, FileName);
        await File.WriteAllTextAsync(path, Csv(partition, places), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            context.CancellationToken);
        var key = ObjectKeys.KeyOf(Asset, partition, context.Attempt, FileName);
        var stored = await context.GetRequiredService<IObjectStore>().PutFileAsync(key, path, progress: null, context.CancellationToken);
        context.AddMaterialization(new()
        {
            Asset = Asset,
            Partition = partition,
            Location = ObjectKeys.PrefixOf(Asset, partition, context.Attempt),
            Rows = places.Count,
            Bytes = stored.Bytes,
            Files = [new(key, stored.Bytes, stored.Sha256!, places.Count)],
            Columns = [new("month", "text"), new("rank", "int"), new(IdColumn, "text"), new(TotalColumn, "decimal(18,2)"),
                new("sales", "bigint"), new(AmountColumn, "decimal(18,2)")],
            Inputs = [mart.Id],
            CodeVersion = context.GetRequiredService<ModelCatalog>()[$"top_{Members}"].CodeVersion,
            Figures = new Dictionary<string, decimal>(StringComparer.Ordinal)
            {
                [AmountColumn] = places.Sum(place => place.Amount), ["total"] = places.Sum(place => place.Total),
            },
        });
        context.AddExecutionLogEntry("Exported",
            string.Create(CultureInfo.InvariantCulture, $"{places.Count} places, {places.Sum(place => place.Amount):f2} in all: {key}"));
        context.SetMetric(MetricNames.Rows, places.Count);
        context.SetMetric(MetricNames.Bytes, stored.Bytes);
        return [.. places.Take(Shown)];
    }

    async Task<IReadOnlyList<RewardedPlace>> SelectAsync(ActivityExecutionContext context, RewardRule rule, Materialization mart)
    {
        await using var session = await ModelSession.OpenAsync(context);
        await session.ReadAsync(Mart.Name, mart);
        var all = (long)(await session.QueryAsync(
            $"ranked_{Members}", new Dictionary<string, object?>(StringComparer.Ordinal)))[0]["places"]!;
        var parameters = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["places"] = rule.PlacesOf((int)all), ["minimum"] = rule.Minimum,
        };
        return
        [
            .. from row in await session.QueryAsync($"top_{Members}", parameters)
               let total = (decimal)row["total"]!
               let amount = rule.AmountOf(total)
               where amount is not null
               select new RewardedPlace((int)(long)row["rank"]!, (string)row["id"]!, total, (long)row["sales"]!, amount.Value)
        ];
    }

    string Csv(Partition partition, IReadOnlyList<RewardedPlace> places)
    {
        var csv = new StringBuilder($"month,rank,{IdColumn},{TotalColumn},sales,{AmountColumn}\r\n");
        foreach (var place in places)
            csv.Append(CultureInfo.InvariantCulture,
                $"{partition},{place.Rank},{Field(place.Id)},{place.Total:f2},{place.Sales},{place.Amount:f2}\r\n");
        return csv.ToString();
    }

    /// <summary>
    /// A field that a spreadsheet takes as text: what would begin a formula has an apostrophe before it,
    /// which the spreadsheet does not show.
    /// </summary>
    internal static string Field(string text)
    {
        var isFormula = text.Length > 0 && (char.IsControl(text[0]) || "=+-@＝＋－＠".Contains(text[0]));
        return isFormula || text.Any(letter => char.IsControl(letter) || letter is ',' or '"')
            ? $"\"{(isFormula ? "'" : "")}{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
