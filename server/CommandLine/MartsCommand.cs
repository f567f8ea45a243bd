using System.CommandLine;
using System.Globalization;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Server.Api;
using Orchestrator.Server.Client;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>marts top-customers|top-sales-people</c>: reads the data marts from PostgreSQL.</summary>
static class MartsCommand
{
    public static Command Create(CommandContext context) => new("marts", "The two answers of a month.")
    {
        CreateTop<TopCustomer>(context, "top-customers", "The customers who bought for most.", "customer_id", "total_purchase_cost",
            static place => (place.Rank, place.CustomerId, place.TotalPurchaseCost, place.Sales)),
        CreateTop<TopSalesPerson>(context, "top-sales-people", "The sales people who sold for most.", "sales_person_id", "total_sales",
            static place => (place.Rank, place.SalesPersonId, place.TotalSales, place.Sales)),
    };

    static Command CreateTop<TPlace>(
        CommandContext context, string name, string description, string idColumn, string totalColumn,
        Func<TPlace, (int Rank, string Id, decimal Total, long Sales)> show)
    {
        var month = CommandContext.Month("--month", "The month; the last one where it is not given.", context.Terminal.Time);
        var limit = new Option<int>("--limit") { Description = "Maximum number of places.", HelpName = "N", DefaultValueFactory = _ => 10 };
        limit.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var given) && given < 1)
                result.AddError($"'{token.Value}' is no number of places. Give 1 or more.");
        });
        var json = CommandContext.Json();
        var command = new Command(name, description) { month, limit, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var partition = parsed.GetValue(month) ?? Partition.LastEnded(context.Terminal.Time);
            await using var server = await context.ConnectToDataAsync(parsed, cancellationToken);
            var top = await server.GetAsync<TopResponse<TPlace>>(
                string.Create(CultureInfo.InvariantCulture, $"marts/{name}?month={partition}&limit={parsed.GetValue(limit)}"), cancellationToken);
            var places = top.Places;
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(context.Terminal.Output, places);
                return;
            }
            var table = new TextTable(">rank", idColumn, $">{totalColumn}", ">sales");
            foreach (var (rank, id, total, sales) in places.Select(show))
                table.Add(rank.ToString(CultureInfo.InvariantCulture), id, Figures.Money(total), Figures.Count(sales));
            table.WriteTo(context.Terminal.Output, places.Count > 0 ? "" : await WhyEmptyAsync(server, partition, cancellationToken));
        });
        return command;
    }

    /// <summary>Every sale has a customer, but not every one a sales person.</summary>
    static async Task<string> WhyEmptyAsync(ApiClient server, Partition month, CancellationToken cancellationToken) =>
        (await server.GetAsync<TopResponse<TopCustomer>>($"marts/top-customers?month={month}&limit=1", cancellationToken)).Places.Count > 0
            ? $"The sales of {month} name no sales person. 'orchestrator marts top-customers --month {month}' shows its customers."
            : $"There are no sales of {month}. 'orchestrator assets show fact_sales' lists the months that have some.";
}
