namespace Orchestrator.Benchmarks.Runtime;

/// <summary>A store with a long past: copies of one run that was really driven, spread over the months of a year.</summary>
static class Seed
{
    const int Months = 12;

    /// <summary>Fills a store.</summary>
    /// <param name="executions">About so many activity executions, containers included.</param>
    /// <returns>Bytes on disk for each activity execution, with its share of the journal, the log and all indexes.</returns>
    public static async Task<double> FillAsync(RuntimeHost host, long executions)
    {
        var template = await host.CreateAsync();
        await host.DriveAllAsync(runsAtOnce: 1);
        var each = await host.ScalarAsync<long>($"select count(*) from orchestrator.activity_execution where run_id = '{template.Id}'");
        var before = await SizeAsync(host);
        var perMonth = executions / each / Months;
        for (var month = 0; month < Months; month++)
        {
            await host.ExecuteAsync($"select orchestrator.add_month(now() - interval '{month} months')");
            await host.ExecuteAsync(Month(template.Id, month, perMonth));
        }
        await host.ExecuteAsync("vacuum (analyze)");
        return (await SizeAsync(host) - before) / (double)(perMonth * each * Months);
    }

    static Task<long> SizeAsync(RuntimeHost host) => host.ScalarAsync<long>("""
        select sum(pg_total_relation_size(oid))::bigint from pg_class
        where relkind = 'r' and relnamespace = 'orchestrator'::regnamespace and relname ~ '^(run|journal_.*|activity_.*|asset_check_.*)$'
        """);

    // Ids as the runtime makes them: the time, then chance. One run of fifty failed.
    static string Month(Guid template, int month, long runs) => $"""
        set synchronous_commit = off;
        create temporary table copied as
        select overlay(overlay(md5(number::text || '-{month}') placing lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') from 1) placing '7' from 13)::uuid as id,
          at, at - (select created_at from orchestrator.run where id = '{template}') as later, number % 50 = 0 as is_failed, number
        from generate_series(1, {runs}) as number,
          lateral (select date_trunc('month', now(), 'UTC') - interval '{month} months' + number * interval '20 days' / {runs} as at) as moment;
        insert into orchestrator.run
          (id, definition_id, definition_checksum, definition_version, definition_name, partition, status, created_at, started_at, finished_at, error_code, error_message,
           root_run, last_sequence)
        select copied.id, definition_id, definition_checksum, definition_version, definition_name, (date_trunc('month', at) - (number % 36) * interval '1 month')::date,
          case when is_failed then 'Failed' else status end, created_at + later, started_at + later, finished_at + later,
          case when is_failed then 'bench.failed' end, case when is_failed then 'It failed.' end, copied.id, last_sequence
        from copied, orchestrator.run where run.id = '{template}';
        insert into orchestrator.journal (run_id, sequence, at, type, payload)
        select copied.id, sequence, journal.at + later, type, payload from copied, orchestrator.journal where run_id = '{template}';
        insert into orchestrator.activity_execution
          (run_id, number, parent, activity_id, node_id, type, name, status, attempts, scheduled_at, started_at, finished_at, inputs, outputs, outcomes, metrics)
        select copied.id, execution.number, parent, activity_id, node_id, type, name, status, attempts, scheduled_at + later, started_at + later, finished_at + later, inputs, outputs,
          outcomes, metrics
        from copied, orchestrator.activity_execution as execution where run_id = '{template}';
        insert into orchestrator.activity_log (run_id, activity_id, attempt, at, event, message)
        select copied.id, activity_id, attempt, log.at + later, event, message from copied, orchestrator.activity_log as log where run_id = '{template}';
        drop table copied
        """;
}
