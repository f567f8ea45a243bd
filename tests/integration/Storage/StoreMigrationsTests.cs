using Npgsql;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Tests.Integration.Storage;

public sealed class StoreMigrationsTests(PostgresFixture postgres) : MigrationsContract(postgres)
{
    static readonly Guid OfNow = Guid.CreateVersion7();
    static readonly Guid OfNoTime = Guid.Parse("5b2f1d0a-8a8e-4c8f-9a53-0d2f4a3b6c7d");

    protected override string Schema => "orchestrator";
    protected override string Folder => "workflows/Storage/Schema";
    protected override string OldFolder => "tests/data/schema-0.1/store";

    protected override string OldRows => $$$"""
        insert into orchestrator.workflow_definition_version values ('test', 'sum', 1, 'Test', '{}');
        insert into orchestrator.run
          (id, definition_id, definition_checksum, definition_version, definition_name, partition, turn, status, created_at, started_at,
           last_sequence)
        values
          ('{{{OfNow}}}', 'test', 'sum', 1, 'Test', '2026-10-01', 'Active', 'Suspended', now(), now(), 2),
          ('{{{OfNoTime}}}', 'test', 'sum', 1, 'Test', '2026-10-01', 'Waiting', 'Queued', now(), null, 2);
        insert into orchestrator.journal (run_id, sequence, at, type, payload)
        select id, sequence, now(), case sequence when 1 then 'run.started' else 'activity.suspended' end,
          '{"number":1,"worker":"w","eventName":"paid"}' from orchestrator.run, generate_series(1, 2) as sequence;
        insert into orchestrator.activity_execution
          (run_id, number, activity_id, node_id, type, name, status, attempts, scheduled_at, started_at, finished_at, inputs, outputs,
           error_code, error_message, reused_from, reused_number)
        select id, 1, 'A1', 'Workflow1:A1', 'Test.TestJob', 'First', 'Failed', 2, now(), now(), now(),
          '{"text":{ "kept":  "letter for letter" }}', '{}', 'test.failed', 'No.', gen_random_uuid(), 7
        from orchestrator.run;
        insert into orchestrator.activity_log (run_id, activity_id, attempt, at, event, message)
        select id, 'A1', 1, now(), 'Event', line from orchestrator.run, unnest(array['one', 'two']) as line;
        insert into orchestrator.asset_check_result
          (run_id, activity_id, attempt, at, check_name, asset, partition, severity, is_passed, expected, actual, offending_rows)
        select id, 'A1', 1, now(), 'rows_equal', 'fact_sales', '2025-12-01', 'Error', false, '1', '2', '["row"]' from orchestrator.run;
        select orchestrator.commit_materialization(json_build_object('id', gen_random_uuid(), 'asset', 'sales', 'run_id', '{{{OfNow}}}',
          'activity_id', 'A1', 'attempt', 1, 'committed_at', now(), 'location', 'sales/', 'rows', 3, 'bytes', 17,
          'files', '[]'::json, 'columns', '[]'::json, 'figures', '{}'::json, 'code_version', 'c', 'engine', 'DuckDB',
          'inputs', json_build_array(gen_random_uuid())));
        insert into orchestrator.run_signal (run_id, kind, number, payload) values ('{{{OfNow}}}', 'Resume', 1, '{"amount":  1}');
        insert into orchestrator.pool (name, slots) values ('erp', 2);
        insert into orchestrator.pool_slot (run_id, number, pool, activity_id, attempts, fencing_token, priority, created_at)
        values ('{{{OfNow}}}', 1, 'erp', 'A1', 1, 1, 0, now());
        insert into orchestrator.alert (event, subject, run_id) values ('run.failed', 'r', '{{{OfNow}}}');
        insert into orchestrator.schedule
          (id, definition_id, cron, zone, mapping, catch_up, max_parallel, is_on, inputs, priority, version, created_at, changed_at,
           rule_since, settled_until)
        values ('monthly', 'test', '0 0 1 * *', 'UTC', 'Previous', 'Last', 1, true, '{}', 0, 1, now(), now(), now(), now());
        insert into orchestrator.occurrence (schedule_id, due_at, status, is_manual, recorded_at)
        values ('monthly', now(), 'Pending', false, now());
        insert into orchestrator.access_user (name, role, password_hash, created_at) values ('ada', 'Admin', 'hash', now());
        insert into orchestrator.access_session (secret_hash, user_name, address, created_at, seen_at, studio_hash)
        values ('s', 'ada', '::1', now(), now(), 't');
        insert into orchestrator.secret (name, value, created_at, changed_at, changed_by, hosts)
        values ('erp', 'v', now(), now(), 'ada', 'erp.local');
        insert into orchestrator.audit (at, who, address, action, resource, result)
        values (now(), 'ada', '::1', 'runs.start', 'r', 'done');
        """;

    protected override IReadOnlyList<string> Apply(string connectionString) => StoreMigrations.Apply(connectionString);

    protected override bool IsUpToDate(string connectionString) => StoreMigrations.IsUpToDate(connectionString);

    [Fact]
    public async Task Runs_of_version_0_1_are_read_and_new_ones_succeed()
    {
        var database = await CreateOldAsync();
        await FillAsync(database);

        await using var runtime = RuntimeHarness.On(database);

        foreach (var id in new[] { OfNow, OfNoTime })
        {
            Assert.Equal([1, 2], (await runtime.Journal.ReadAsync(id, Token)).Select(entry => entry.Sequence));
            var execution = Assert.Single(await runtime.Store.ListExecutionsAsync(id, Token));
            Assert.Equal(
                ("A1", "Workflow1:A1", "Test.TestJob", "First", 2, ActivityStatus.Failed, "test.failed"),
                (execution.ActivityId, execution.NodeId, execution.Type, execution.Name, execution.Attempts, execution.Status,
                    execution.Error?.Code));
            Assert.Equal("""{ "kept":  "letter for letter" }""", execution.Inputs["text"].GetRawText());
            Assert.Equal(["one", "two"], (await runtime.Store.ListLogAsync(id, Token)).Select(line => line.Message));
            Assert.Equal(["rows_equal"], (await runtime.Store.ListChecksAsync(id, Token)).Select(check => check.Result.Check));
        }
        Assert.Equal(RunStatus.Succeeded, (await runtime.RunAsync(RuntimeHarness.Flowchart("A1 -> B1"))).Status);
    }

    [Fact]
    public async Task Comparison_notices_each_difference()
    {
        string[] changes =
        [
            "drop table orchestrator.start_request",
            "drop function orchestrator.event_number",
            "drop index orchestrator.run_of_parent",
            "drop trigger run_alerts on orchestrator.run",
            "drop view orchestrator.month",
            "alter table orchestrator.run alter priority drop default",
            "alter table orchestrator.run alter created_at drop not null",
            "alter table orchestrator.worker alter slots type bigint",
            "alter table orchestrator.run drop constraint run_turn_check",
            "alter table orchestrator.run disable trigger run_alerts",
            "alter table orchestrator.run reset (fillfactor)",
            "alter table orchestrator.journal detach partition orchestrator.journal_other",
            "alter sequence orchestrator.activity_log_id cache 5",
            "alter function orchestrator.clock() volatile",
            "create or replace function orchestrator.clock() returns timestamptz language sql stable as 'select clock_timestamp()'",
            "create type orchestrator.color as enum ('red')",
            "comment on column orchestrator.run.turn is 'Its turn.'",
            "comment on function orchestrator.clock is 'The clock.'",
            "comment on schema orchestrator is 'The store.'",
            "grant select on orchestrator.run to public",
        ];
        var database = await CreateOldAsync();
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Token);
        var before = await SchemaSnapshot.ReadAsync(connection, Schema);
        foreach (var change in changes)
        {
            await using var transaction = await connection.BeginTransactionAsync(Token);
            await using var command = new NpgsqlCommand(change, connection);
            await command.ExecuteNonQueryAsync(Token);
            var after = await SchemaSnapshot.ReadAsync(connection, Schema);
            Assert.False(before.SequenceEqual(after), $"Not noticed: {change}");
            await transaction.RollbackAsync(Token);
        }
    }
}
