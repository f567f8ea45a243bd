using System.CommandLine;
using System.Globalization;
using Npgsql;
using Orchestrator.Server.Hosting;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>marts top-customers|top-sales-people</c>: read from PostgreSQL, as any reader would.</summary>
static class MartsCommand
{
    /// <summary>A place of a mart.</summary>
    sealed record Place(int Rank, string Id, decimal Total, long Sales);

    // Queries are constants: what a person gives is a parameter.
    const string TopCustomers = """
        select rank, customer_id, total_purchase_cost, sales from sales.mart_customer_monthly
        where month = $1 and rank is not null order by rank limit $2
        """;

    const string TopSalesPeople = """
        select rank, sales_person_id, total_sales, sales from sales.mart_sales_monthly
        where month = $1 and rank is not null order by rank limit $2
        """;

    public static Command Create(CommandContext context) => new("marts", "Figures of a month.")
    {
        CreateTop(context, "top-customers", "The customers who bought for most.", TopCustomers, "customer_id", "total_purchase_cost",
            place => new { place.Rank, CustomerId = place.Id, TotalPurchaseCost = place.Total, place.Sales }),
        CreateTop(context, "top-sales-people", "The sales people who sold for most.", TopSalesPeople, "sales_person_id", "total_sales",
            place => new { place.Rank, SalesPersonId = place.Id, TotalSales = place.Total, place.Sales }),
    };

    static Command CreateTop(
        CommandContext context, string name, string description, string query, string idColumn, string totalColumn, Func<Place, object> toRow)
    {
        var month = CommandContext.Month("--month", "The month; the last one where it is not given.", context.Terminal.Time);
        var limit = new Option<int>("--limit") { Description = "How many at most.", HelpName = "N", DefaultValueFactory = _ => 10 };
        limit.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var given) && given < 1)
                result.AddError($"'{token.Value}' is no number of places. Give 1 or more.");
        });
        var json = CommandContext.Json();
        var command = new Command(name, description) { month, limit, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var partition = parsed.GetValue(month) ?? CommandContext.LastMonth(context.Terminal.Time);
            await using var platform = await context.StartAsync(parsed, cancellationToken);
            var places = await ReadAsync(platform, query, partition, parsed.GetValue(limit), cancellationToken);
            if (parsed.GetValue(json))
            {
                JsonOutput.WriteRows(context.Terminal.Output, places.Select(toRow));
                return;
            }
            var table = new TextTable(">rank", idColumn, $">{totalColumn}", ">sales");
            foreach (var place in places)
                table.Add(place.Rank.ToString(CultureInfo.InvariantCulture), place.Id, Figures.Money(place.Total), Figures.Count(place.Sales));
            table.WriteTo(context.Terminal.Output, $"There are no sales of {partition}. 'orchestrator run monthly-sales --partition {partition}' makes some.");
        });
        return command;
    }

    static async Task<IReadOnlyList<Place>> ReadAsync(Platform platform, string query, Partition month, int limit, CancellationToken cancellationToken)
    {
        var places = new List<Place>();
        // CA2100: one of the two constants above.
#pragma warning disable CA2100
        await using var command = platform.Warehouse.DataSource.CreateCommand(query);
#pragma warning restore CA2100
        command.Parameters.Add(new NpgsqlParameter { Value = month.Start });
        command.Parameters.Add(new NpgsqlParameter { Value = limit });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) places.Add(new(rows.GetInt32(0), rows.GetString(1), rows.GetDecimal(2), rows.GetInt64(3)));
        return places;
    }
}
