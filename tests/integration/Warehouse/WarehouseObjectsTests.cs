using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Warehouse;

/// <summary>What analysts and administrators put into the warehouse survives a load, or the load says what it meets.</summary>
public sealed class WarehouseObjectsTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What others do, and a query that says whether it is still as they left it.</summary>
    public static TheoryData<string, string> WorkOfOthers => new()
    {
        { "create index others_by_store on sales.fact_sales (store_key, date_key)", "select count(*) = 1 from pg_inherits join pg_index as leaf on leaf.indexrelid = inhrelid where inhparent = 'sales.others_by_store'::regclass and leaf.indrelid = 'sales.fact_sales_2026_10'::regclass" },
        { "create index \"Odd USING name\" on sales.fact_sales (quantity) where quantity > 2; create index fact_sales_2026_10_by_price on sales.mart_sales_monthly (rank desc nulls last) include (sales)", "select count(*) = 4 from pg_inherits where inhparent in ('sales.\"Odd USING name\"'::regclass, 'sales.fact_sales_2026_10_by_price'::regclass)" },
        { "create index others_with_a_name_that_is_as_long_as_names_of_indexes_can_be1 on sales.fact_sales (price); create index others_with_a_name_that_is_as_long_as_names_of_indexes_can_be2 on sales.fact_sales (total_cost)", "select count(*) = 2 from pg_index where indrelid = 'sales.fact_sales_2026_10'::regclass" },
        { "create index on sales.fact_sales_2026_10 (quantity)", "select count(*) = 1 from pg_index where indrelid = 'sales.fact_sales_2026_10'::regclass" },
        { "alter table sales.mart_sales_monthly add constraint others_once unique (month, sales_person_id)", "select count(*) = 1 from pg_constraint where contype = 'u' and conrelid = 'sales.mart_sales_monthly_2026_10'::regclass" },
        { "alter table sales.mart_sales_monthly_2026_10 add primary key (month, sales_person_id)", "select count(*) = 1 from pg_constraint where contype = 'p' and conrelid = 'sales.mart_sales_monthly_2026_10'::regclass" },
        { "alter table sales.fact_sales add column note text default 'none', add column cents bigint generated always as (total_cost * 100) stored", "select bool_and(note = 'none' and cents = total_cost * 100) from sales.fact_sales" },
        { "alter table sales.fact_sales add constraint others_positive check (quantity > 0)", "select count(*) = 3 from pg_constraint where conname = 'others_positive'" },
        { "alter table sales.fact_sales add foreign key (customer_key) references sales.dim_customer", "select count(*) > 1 from pg_constraint where contype = 'f'" },
        { "create view sales.best as select * from sales.mart_customer_monthly where rank < 10; create view october as select * from sales.mart_customer_monthly_2026_10", "select (select count(*) from october) = (select count(*) from sales.mart_customer_monthly where month = '2026-10-01') and (select count(*) from sales.best) = 18" },
        { "create materialized view kept as select * from sales.dim_customer_all", "select count(*) = 501 from kept" },
        { "create view stores as select * from sales.dim_store_all", "select count(*) = 101 from stores" },
        { "create table note (customer_key int references sales.dim_customer (customer_key), note text); insert into note values (7, 'call back')", "select count(*) = 1 from note join sales.dim_customer using (customer_key) where customer_id = 'C000007'" },
        { "create table note (customer_key int references sales.dim_customer (customer_key) on delete cascade); insert into note values (7)", "select count(*) = 1 from note" },
        { "alter table sales.mart_sales_monthly add unique (month, sales_person_id); create table note (month date, id text, foreign key (month, id) references sales.mart_sales_monthly (month, sales_person_id)); insert into note values ('2026-10-01', '(unknown)')", "select count(*) = 1 from note" },
        { "grant select on sales.mart_customer_monthly_2026_10 to pg_monitor with grant option; grant insert on sales.dim_store_all to public", "select has_table_privilege('pg_monitor', 'sales.mart_customer_monthly_2026_10', 'select with grant option') and has_table_privilege('pg_monitor', 'sales.dim_store_all', 'insert')" },
        { "grant select (rank) on sales.mart_customer_monthly_2026_10 to pg_monitor", "select has_column_privilege('pg_monitor', 'sales.mart_customer_monthly_2026_10', 'rank', 'select')" },
        { "alter table sales.fact_sales_2026_10 enable row level security; create policy mine on sales.fact_sales_2026_10 using (store_key = 1)", "select relrowsecurity and exists (select from pg_policy where polrelid = pg_class.oid) from pg_class where relname = 'fact_sales_2026_10'" },
        { "create function refuse() returns trigger language plpgsql as 'begin raise exception ''no''; end'; create trigger refused before insert or delete on sales.fact_sales_2026_10 for each row execute function refuse(); alter table sales.fact_sales_2026_10 enable always trigger refused", "select tgenabled = 'A' from pg_trigger where tgname = 'refused'" },
        { "create function refuse() returns trigger language plpgsql as 'begin raise exception ''no''; end'; create trigger refused before insert on sales.fact_sales for each row execute function refuse()", "select count(*) = 3 from pg_trigger where tgname = 'refused'" },
        { "create publication others for table sales.fact_sales_2026_10", "select count(*) = 1 from pg_publication_rel where prrelid = 'sales.fact_sales_2026_10'::regclass" },
        { "create publication others for all tables; create view october as select * from sales.fact_sales_2026_10", "select relreplident = 'd' from pg_class where oid = 'sales.fact_sales_2026_10'::regclass" },
        { "alter table sales.fact_sales_2026_10 replica identity full", "select relreplident = 'f' from pg_class where oid = 'sales.fact_sales_2026_10'::regclass" },
        { "create statistics sales.others (dependencies) on store_key, customer_key from sales.fact_sales_2026_10", "select count(*) = 1 from pg_statistic_ext where stxrelid = 'sales.fact_sales_2026_10'::regclass" },
        { "comment on table sales.fact_sales_2026_10 is 'checked by finance'; comment on column sales.mart_sales_monthly_2026_10.rank is 'place'", "select obj_description('sales.fact_sales_2026_10'::regclass, 'pg_class') = 'checked by finance' and col_description('sales.mart_sales_monthly_2026_10'::regclass, 5) = 'place'" },
        { "alter table sales.fact_sales_2026_10 owner to pg_monitor", "select relowner = 'pg_monitor'::regrole from pg_class where relname = 'fact_sales_2026_10'" },
        { "alter table sales.fact_sales_2026_10 set (autovacuum_enabled = off, fillfactor = 90)", "select cardinality(reloptions) = 2 from pg_class where relname = 'fact_sales_2026_10'" },
        { "alter table sales.fact_sales_2026_10 alter column store_key set statistics 500", "select attstattarget = 500 from pg_attribute where attrelid = 'sales.fact_sales_2026_10'::regclass and attname = 'store_key'" },
        { "alter table sales.fact_sales_2026_10 rename to october; create schema archive; alter table sales.mart_sales_monthly_2026_10 set schema archive", "select (select count(*) from sales.october) = 1200 and exists (select from archive.mart_sales_monthly_2026_10)" },
        { "create function sold() returns bigint language sql return (select count(*) from sales.fact_sales_2026_10)", "select sold() = 1200" },
        { "create function cost(sales.fact_sales_2026_10) returns numeric language sql as 'select $1.total_cost'", "select count(cost(fact)) = 1200 from sales.fact_sales_2026_10 as fact" },
        { "create table sales.fact_sales_default partition of sales.fact_sales default", "select count(*) = 0 from sales.fact_sales_default" },
        { "alter database {0} set datestyle = 'SQL, DMY'", "select true" },
    };

    [Theory]
    [MemberData(nameof(WorkOfOthers))]
    public async Task Work_of_others_survives_a_load(string work, string isThere)
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 1_000);
        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);
        await files.ExecuteAsync(work.Replace("{0}", await files.QueryAsync<string>("select current_database()::text"), StringComparison.Ordinal));
        // What others set for the database holds for new sessions.
        files.DataSource.Clear();
        files.Write(StarFiles.October, 1_200, salt: 3);
        files.Write(StarFiles.November, 700);
        var october = await harness.Catalog.FindAsync(new("fact_sales"), StarFiles.October, Token);

        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);
        await harness.ExecuteAsync<LoadTables>(StarFiles.November, [], cancellationToken: Token);

        Assert.Equal($"1200 sales, {october!.Figures["total"]}", await files.SalesAsync(StarFiles.October));
        Assert.StartsWith("700 sales", await files.SalesAsync(StarFiles.November), StringComparison.Ordinal);
        Assert.Equal(501, await files.QueryAsync<long>("select count(*) from sales.dim_customer"));
        Assert.Equal(october.Figures["total"], await files.QueryAsync<decimal>("select sum(total_sales) from sales.mart_sales_monthly where month = '2026-10-01'"));
        Assert.True(await files.QueryAsync<bool>(isThere));
        Assert.Equal(0, await files.QueryAsync<long>("select count(*) from pg_class where relname like 'staging%'"));
    }

    /// <summary>What others do, the code that the next load ends with, and what its message names.</summary>
    public static TheoryData<string, string, string> ObstaclesOfOthers => new()
    {
        { "alter table sales.fact_sales add column team text; update sales.fact_sales set team = ''; alter table sales.fact_sales alter column team set not null", "load.table_changed", "team" },
        { "alter table sales.fact_sales alter column quantity type bigint", "load.table_changed", "quantity that is of type int8" },
        { "alter table sales.fact_sales rename column quantity to pieces", "load.table_changed", "no column quantity" },
        { "alter table sales.fact_sales rename to facts", "load.schema_missing", "sales.fact_sales" },
        { "delete from sales.fact_sales where quantity > 4; alter table sales.fact_sales add constraint others_few check (quantity < 5)", "load.rule_of_others", "others_few" },
        { "delete from sales.fact_sales where quantity > 4; alter table sales.fact_sales_2026_10 add constraint others_few check (quantity < 5)", "load.rule_of_others", "others_few" },
        { "update sales.dim_store set region = 'none' where region is null; alter table sales.dim_store alter column region set not null", "load.rule_of_others", "region" },
        { "delete from sales.fact_sales; create unique index others_once on sales.fact_sales (date_key, store_key)", "load.rule_of_others", "others_once" },
        { "truncate sales.fact_sales; create index others_ratio on sales.fact_sales ((100 / (quantity - 3)))", "load.rule_of_others", "others_ratio" },
        { "alter table sales.fact_sales detach partition sales.fact_sales_2026_10", "load.name_taken", "sales.fact_sales_2026_10" },
        { "drop table sales.fact_sales_2026_10; create table sales.fact_sales_2026 partition of sales.fact_sales for values from (20260101) to (20270101)", "load.partition_overlaps", "fact_sales_2026" },
        { "alter table sales.fact_sales detach partition sales.fact_sales_2026_10; create table sales.fact_sales_default partition of sales.fact_sales default; insert into sales.fact_sales select * from sales.fact_sales_2026_10; drop table sales.fact_sales_2026_10", "load.partition_overlaps", "fact_sales_default" },
        { "insert into sales.dim_customer values (900000, 'C900000', null, null, '0001-01-01', '9999-12-31', true); create table note (customer_key int references sales.dim_customer (customer_key)); insert into note values (900000)", "load.foreign_key", "note_customer_key_fkey" },
        { "create rule quiet as on insert to sales.fact_sales_2026_10 do instead nothing", "load.object_in_the_way", "quiet" },
        { "create function forbid() returns event_trigger language plpgsql as 'begin raise exception ''no changes before noon''; end'; create event trigger others on ddl_command_end when tag in ('CREATE TABLE') execute function forbid()", "load.object_in_the_way", "no changes before noon" },
    };

    [Theory]
    [MemberData(nameof(ObstaclesOfOthers))]
    public async Task Work_of_others_that_a_load_cannot_pass_is_named_and_not_tried_again(string work, string code, string named)
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 1_000);
        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);
        await files.ExecuteAsync(work);
        var marts = await files.QueryAsync<decimal>("select sum(total_sales) from sales.mart_sales_monthly");
        files.Write(StarFiles.October, 1_200, salt: 3);

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token));

        Assert.Equal((code, false), (failure.Code, failure.IsRetryable));
        Assert.Contains(named, failure.Message, StringComparison.Ordinal);
        Assert.Equal(marts, await files.QueryAsync<decimal>("select sum(total_sales) from sales.mart_sales_monthly"));
    }

    [Fact]
    public async Task Partition_that_nobody_changed_is_replaced_whole()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 1_000);
        await files.ExecuteAsync("alter default privileges in schema sales grant select on tables to pg_monitor");
        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);
        // Neither touches a partition but with its statistics and its grants.
        await files.ExecuteAsync("analyze; grant select on all tables in schema sales to pg_read_all_stats; create index on sales.fact_sales (store_key)");
        files.Write(StarFiles.October, 1_200);

        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);

        Assert.DoesNotContain(harness.Log, line => line.Event == "Replaces rows");
        Assert.True(await files.QueryAsync<bool>("select bool_and(has_table_privilege('pg_read_all_stats', oid, 'select') and has_table_privilege('pg_monitor', oid, 'select')) from pg_class where relname in ('fact_sales_2026_10', 'dim_store_all')"));
    }

    [Fact]
    public async Task Members_that_exchange_their_days_are_changed_in_place()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 1_000);
        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);
        await files.ExecuteAsync("""
            create table note (store_key int references sales.dim_store); insert into note select store_key from sales.dim_store;
            update sales.dim_store set store_id = 'S002' || store_key where store_key = 1;
            update sales.dim_store set store_id = 'S001' where store_key = 2;
            update sales.dim_store set store_id = 'S002' where store_key = 1
            """);
        files.Write(StarFiles.October, 1_000);

        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);

        Assert.Equal("S001 S002", await files.QueryAsync<string>("select string_agg(store_id, ' ' order by store_key) from sales.dim_store where store_key in (1, 2)"));
        Assert.Equal(101, await files.QueryAsync<long>("select count(*) from note"));
        Assert.True(await files.QueryAsync<bool>("select indisunique from pg_index where indexrelid = 'sales.dim_store_all_key'::regclass"));
    }

    [Fact]
    public async Task Table_that_others_keep_locked_is_named_and_tried_again()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        harness.Services.Configure<LoadOptions>(options => options.TableLockTimeout = TimeSpan.FromMilliseconds(50));
        files.Write(StarFiles.October, 1_000);
        await using var connection = await files.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using var command = new NpgsqlCommand("lock table sales.fact_sales", connection);
        await command.ExecuteNonQueryAsync(Token);

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token));

        Assert.Equal(("load.table_locked", true), (failure.Code, failure.IsRetryable));
    }
}
