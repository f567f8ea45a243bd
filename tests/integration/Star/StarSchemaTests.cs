using Orchestrator.Activities.Star;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Star;

public sealed class StarSchemaTests : IDisposable
{
    const string Sale = "('C1', 'S1', 1, 'P1', 1, 10.00)";

    readonly StarMonths months = new();

    public void Dispose() => months.Dispose();

    [Fact]
    public async Task First_month_has_one_version_a_member_and_the_unknown_ones()
    {
        await months.LoadAsync("2026-10", Sale, "('C1', 'gold', 'Rome'), ('C2', 'iron', null)", "('S1', 'north')", "('P1', 'red')");
        Assert.Equal(
            ["-1|(unknown)|null|null|0001-01-01|9999-12-31|True", "1|C1|gold|Rome|0001-01-01|9999-12-31|True", "2|C2|iron|null|0001-01-01|9999-12-31|True"],
            await months.RowsAsync("dim_customer", null, "*", "customer_key"));
        Assert.Equal(["-1|(unknown)|null|0001-01-01|9999-12-31|True", "1|S1|north|0001-01-01|9999-12-31|True"], await months.RowsAsync("dim_store", null, "*", "store_key"));
        Assert.Equal(["-1|(unknown)|null|0001-01-01|9999-12-31|True", "1|P1|red|0001-01-01|9999-12-31|True"], await months.RowsAsync("dim_sales_person", null, "*", "sales_person_key"));
        Assert.Equal(["1|1|1|20261001|10.0000|1|10.00"], await months.RowsAsync("fact_sales", "2026-10", "*", "date_key"));
        Assert.Equal(["31|20261001|20261031|3"], await months.RowsAsync("dim_date", null,
            "count(*), min(date_key), max(date_key), max(case when date = date '2026-10-14' then day_of_week end)", "1"));
    }

    [Fact]
    public async Task Change_of_an_attribute_starts_a_version_on_the_first_of_its_month()
    {
        await months.LoadAsync("2026-09", Sale, "('C1', 'iron', 'Rome')");
        await months.LoadAsync("2026-10", Sale, "('C1', 'gold', 'Rome')");
        Assert.Equal(["(unknown)|null|null|0001-01-01|9999-12-31|True", "C1|iron|Rome|0001-01-01|2026-10-01|False", "C1|gold|Rome|2026-10-01|9999-12-31|True"], await months.CustomersAsync());
        Assert.Equal(["1"], await months.RowsAsync("fact_sales", "2026-09", "customer_key", "1"));
        Assert.Equal(["2"], await months.RowsAsync("fact_sales", "2026-10", "customer_key", "1"));
    }

    [Fact]
    public async Task Version_reaches_back_when_an_earlier_month_shows_the_same()
    {
        await months.LoadAsync("2026-06", Sale, "('C1', 'iron', 'Rome')");
        await months.LoadAsync("2026-10", Sale, "('C1', 'gold', 'Rome')");
        await months.LoadAsync("2026-08", Sale, "('C1', 'gold', 'Rome')");
        Assert.Equal(["C1|iron|Rome|0001-01-01|2026-08-01|False", "C1|gold|Rome|2026-08-01|9999-12-31|True"], (await months.CustomersAsync()).Skip(1));
        Assert.Equal(["2"], await months.RowsAsync("fact_sales", "2026-08", "customer_key", "1"));
    }

    [Fact]
    public async Task Late_month_that_contradicts_a_version_splits_it_and_the_facts_of_the_later_part_move()
    {
        await months.LoadAsync("2026-08", Sale, "('C1', 'iron', 'Rome'), ('C2', 'iron', 'Oslo')");
        await months.LoadAsync("2026-10", Sale + ", ('C2', 'S1', 2, null, 1, 5.00)", "('C1', 'iron', 'Rome'), ('C2', 'iron', 'Oslo')");
        await months.LoadAsync("2026-11", "('C2', 'S1', 2, null, 1, 5.00)", "('C1', 'iron', 'Rome'), ('C2', 'iron', 'Oslo')");
        var october = await months.FindAsync("fact_sales", "2026-10");
        var built = await months.LoadAsync("2026-09", Sale, "('C1', 'gold', 'Rome'), ('C2', 'iron', 'Oslo')");

        Assert.Equal(["2026-09", "2026-10"], built);
        Assert.Equal(
            ["1|C1|iron|0001-01-01|2026-09-01", "3|C1|gold|2026-09-01|2026-10-01", "4|C1|iron|2026-10-01|9999-12-31"],
            await months.RowsAsync("dim_customer where customer_id = 'C1'", null, "customer_key, customer_id, segment, valid_from, valid_to", "valid_from"));
        Assert.Equal(["1"], await months.RowsAsync("fact_sales", "2026-08", "customer_key", "1"));
        Assert.Equal(["3"], await months.RowsAsync("fact_sales", "2026-09", "customer_key", "1"));
        Assert.Equal(["2|-1", "4|1"], await months.RowsAsync("fact_sales", "2026-10", "customer_key, sales_person_key", "1"));
        var rekeyed = await months.FindAsync("fact_sales", "2026-10");
        Assert.Equal(october!.Id, rekeyed!.Supersedes);
        Assert.Equal(15m, rekeyed.Figures["total"]);
        Assert.Equal([october.Id, (await months.FindAsync("dim_customer"))!.Id, (await months.FindAsync("dim_store"))!.Id, (await months.FindAsync("dim_sales_person"))!.Id], rekeyed.Inputs);
    }

    [Fact]
    public async Task Month_built_again_keeps_keys_and_writes_no_dimension()
    {
        await months.LoadAsync("2026-09", Sale, "('C1', 'iron', 'Rome'), ('C2', 'iron', 'Oslo')");
        await months.LoadAsync("2026-10", Sale, "('C1', 'gold', 'Rome'), ('C3', 'iron', 'Oslo')");
        var (dimension, dates, fact) = (await months.FindAsync("dim_customer"), await months.FindAsync("dim_date"), await months.RowsAsync("fact_sales", "2026-09", "*", "1"));
        Assert.Equal(["2026-09"], await months.BuildAsync("2026-09"));
        Assert.Equal(["2026-10"], await months.BuildAsync("2026-10"));
        Assert.Equal(dimension!.Id, (await months.FindAsync("dim_customer"))!.Id);
        Assert.Equal(dates!.Id, (await months.FindAsync("dim_date"))!.Id);
        Assert.Equal(fact, await months.RowsAsync("fact_sales", "2026-09", "*", "1"));
    }

    [Fact]
    public async Task Month_uploaded_again_takes_back_what_it_no_longer_says()
    {
        await months.LoadAsync("2026-08", Sale, "('C1', 'iron', 'Rome')");
        await months.LoadAsync("2026-09", Sale, "('C1', 'gold', 'Rome')");
        await months.LoadAsync("2026-10", Sale, "('C1', 'iron', 'Rome')");
        Assert.Equal(["2026-09", "2026-10"], await months.LoadAsync("2026-09", Sale, "('C1', 'iron', 'Rome')"));
        Assert.Equal(["1|C1|iron|0001-01-01|9999-12-31"], await months.RowsAsync("dim_customer where customer_key > 0", null, "customer_key, customer_id, segment, valid_from, valid_to", "1"));
        Assert.Equal(["1"], await months.RowsAsync("fact_sales", "2026-10", "customer_key", "1"));
        await months.LoadAsync("2026-11", Sale, "('C1', 'gold', 'Rome')");
        Assert.Equal(["1", "4"], await months.RowsAsync("dim_customer where customer_key > 0", null, "customer_key", "1"));
    }

    [Fact]
    public async Task Member_without_a_snapshot_has_no_attributes_until_one_says_something()
    {
        await months.LoadAsync("2026-09", "('C1', 'S1', 1, 'P1', 1, 10.00), ('C2', 'S1', 1, null, 1, 3.00)");
        Assert.Equal(["C1|null|null|0001-01-01|9999-12-31|True", "C2|null|null|0001-01-01|9999-12-31|True"], (await months.CustomersAsync()).Skip(1));
        await months.LoadAsync("2026-10", Sale, "('C1', 'gold', 'Rome'), ('C2', null, null)");
        Assert.Equal(["1|C1|gold|Rome|0001-01-01|9999-12-31|True", "2|C2|null|null|0001-01-01|9999-12-31|True"], await months.RowsAsync("dim_customer where customer_key > 0", null, "*", "1"));
        Assert.Equal(["1|1", "2|-1"], await months.RowsAsync("fact_sales", "2026-09", "customer_key, sales_person_key", "1"));
    }

    [Fact]
    public async Task Sale_that_calls_its_member_unknown_goes_to_the_unknown_member()
    {
        await months.LoadAsync("2026-10", "('(unknown)', 'S1', 1, null, 1, 10.00)", "('(unknown)', 'gold', 'Rome')");
        Assert.Equal(["(unknown)|null|null|0001-01-01|9999-12-31|True"], await months.CustomersAsync());
        Assert.Equal(["-1|-1"], await months.RowsAsync("fact_sales", "2026-10", "customer_key, sales_person_key", "1"));
    }

    [Fact]
    public async Task Dates_are_continuous_over_all_months_seen()
    {
        await months.LoadAsync("2026-11", Sale);
        await months.LoadAsync("2025-12", Sale);
        await months.LoadAsync("2026-05", Sale);
        Assert.Equal(["365|2025-12-01|2026-11-30|2026-07-05|7|True"], await months.RowsAsync("dim_date", null,
            "count(*), min(date), max(date), max(case when date_key = 20260705 then date end), max(case when date_key = 20260705 then day_of_week end), bool_or(is_weekend and date_key = 20260705)", "1"));
    }

    [Fact]
    public async Task Lineage_names_exactly_what_was_read()
    {
        await months.LoadAsync("2026-09", Sale, "('C1', 'iron', 'Rome')", "('S1', 'north')");
        var before = await months.FindAsync("dim_customer");
        await months.LoadAsync("2026-10", Sale, "('C1', 'gold', 'Rome')", "('S1', 'north')");
        var (customers, stores, people) = (await months.FindAsync("dim_customer"), await months.FindAsync("dim_store"), await months.FindAsync("dim_sales_person"));
        var sales = await months.FindAsync("raw/sales", "2026-10");
        Assert.Equal([before!.Id, sales!.Id, (await months.FindAsync("raw/customers", "2026-10"))!.Id], customers!.Inputs);
        Assert.Equal(before.Id, customers.Supersedes);
        Assert.Equal((await months.FindAsync("raw/sales", "2026-09"))!.Id, stores!.Inputs[0]);
        var fact = await months.FindAsync("fact_sales", "2026-10");
        Assert.Equal([sales.Id, customers.Id, stores.Id, people!.Id], fact!.Inputs);
        Assert.Equal(["customer_key int", "store_key int", "sales_person_key int", "date_key int", "price decimal(18,4)", "quantity int", "total_cost decimal(18,2)"],
            fact.Columns.Select(column => $"{column.Name} {column.Type}"));
        Assert.Equal(16, fact.CodeVersion.Length);
        Assert.Equal(10m, fact.Figures["total"]);
    }

    [Fact]
    public async Task Month_without_sales_data_is_refused()
    {
        var refused = await Assert.ThrowsAsync<ActivityFailedException>(() => months.ExecuteAsync<BuildStarSchema>("2026-10"));
        Assert.Equal("assets.not_materialized", refused.Code);
        Assert.False(refused.IsRetryable);
    }
}
