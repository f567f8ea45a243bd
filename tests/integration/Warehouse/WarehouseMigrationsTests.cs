using Orchestrator.Activities.Warehouse;

namespace Orchestrator.Tests.Integration.Warehouse;

public sealed class WarehouseMigrationsTests(PostgresFixture postgres) : MigrationsContract(postgres)
{
    protected override string Schema => "sales";
    protected override string Folder => "activities/Warehouse/Schema";
    protected override string OldFolder => "tests/data/schema-0.1/warehouse";

    protected override string OldRows => """
        create table sales.dim_store_all partition of sales.dim_store default;
        insert into sales.dim_store values (1, 'S1', 'North', '2026-01-01', '9999-12-31', true);
        create table sales.fact_sales_2026_10 partition of sales.fact_sales for values from (20261001) to (20261101);
        insert into sales.fact_sales values (1, 1, 1, 20261015, 9.5, 2, 19);
        insert into sales.loaded (table_name, partition, materialization_id, sequence, run_id, activity_id, attempt, rows, total, bytes)
        values ('fact_sales', '2026-10', gen_random_uuid(), 1, gen_random_uuid(), 'LoadTables1', 1, 1, 19, 64);
        insert into sales.fence (run_id, token) values (gen_random_uuid(), 3);
        insert into sales.query_baseline (query, partition, text_hash, parameters, fact_rows, buffers, milliseconds, source)
        values ('q1', '2026-10', 'hash', '{"a": 1}', 1, 2, 3.5, 'measured');
        insert into sales.index_decision
          (run_id, partition, index_name, table_name, key_columns, included_columns, decision, reason, gain_buffers, bytes,
           build_milliseconds, fact_rows)
        values (gen_random_uuid(), '2026-10', 'ix', 'fact_sales', '{date_key}', '{}', 'dropped', 'slower', 1, 2, 3.5, 4);
        insert into sales.tuning_report (run_id, partition, report) values (gen_random_uuid(), '2026-10', '{"best": "ix"}');
        """;

    protected override IReadOnlyList<string> Apply(string connectionString) => WarehouseMigrations.Apply(connectionString);

    protected override bool IsUpToDate(string connectionString) => WarehouseMigrations.IsUpToDate(connectionString);
}
