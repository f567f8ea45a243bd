using Npgsql;

namespace Orchestrator.Tests.Integration.Faults;

/// <summary>What a database says about the runs that were asked for.</summary>
static class Verdict
{
    /// <summary>
    /// One checksum over all tables that readers see. Members by their natural ids: their keys depend on the order in which months came.
    /// </summary>
    public static Task<string> TablesAsync(string database) => ScalarAsync(database, $"""
        select concat_ws(' ',
          {Checksum("facts", "customer_id, store_id, sales_person_id, date_key, price, quantity, total_cost",
              "sales.fact_sales join sales.dim_customer using (customer_key) join sales.dim_store using (store_key) join sales.dim_sales_person using (sales_person_key)")},
          {Checksum("customers", "customer_id, segment, city, valid_from, valid_to, is_current", "sales.dim_customer")},
          {Checksum("stores", "store_id, region, valid_from, valid_to, is_current", "sales.dim_store")},
          {Checksum("people", "sales_person_id, team, valid_from, valid_to, is_current", "sales.dim_sales_person")},
          {Checksum("bought", "month, customer_id, total_purchase_cost, sales, rank", "sales.mart_customer_monthly")},
          {Checksum("sold", "month, sales_person_id, total_sales, sales, rank", "sales.mart_sales_monthly")})
        """);

    /// <summary>Everything of which there may be one: each line is one that is there twice or out of order.</summary>
    public static Task<string> DoubledAsync(string database) => ScalarAsync(database, """
        select coalesce(string_agg(what, E'\n'), '') from (
          select format('activity %s of run %s completed %s times', payload ->> 'number', run_id, count(*)) as what
          from orchestrator.journal where type = 'activity.completed' group by run_id, payload ->> 'number' having count(*) > 1
          union all
          select format('journal of run %s has %s events up to number %s', run_id, count(*), max(sequence))
          from orchestrator.journal group by run_id having count(*) <> max(sequence)
          union all
          select format('run %s wrote %s of %s %s times', run_id, asset, partition, count(*))
          from orchestrator.materialization group by run_id, activity_id, asset, partition having count(*) > 1
          union all
          select format('index %s is recorded as kept, but is not there', index_name)
          from (select distinct on (index_name) index_name, decision from sales.index_decision order by index_name, id desc) as last
          where decision = 'kept' and to_regclass('sales.' || index_name) is null) as wrong
        """);

    public static async Task<string> ScalarAsync(string database, string query)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
                await connection.OpenAsync(TestContext.Current.CancellationToken);
                await using var command = new NpgsqlCommand(query, connection);
                return (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
            }
            catch (NpgsqlException) when (tries < 100)
            {
                // PostgreSQL may just have been killed.
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }
    }

    static string Checksum(string name, string columns, string from) =>
        $"(select '{name}:' || count(*) || ':' || md5(coalesce(string_agg(line, '|' order by line collate \"C\"), '')) from (select concat_ws(',', {columns}) as line from {from}) as lines)";
}
