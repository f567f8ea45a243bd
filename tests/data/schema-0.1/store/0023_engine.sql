-- What computed a materialization: name, version and application of the engine, such as 'Spark 4.2.0, application app-20261123-0001'.
alter table orchestrator.materialization add column engine text;

-- Moves the readers of an asset and partition to a new materialization. OR002: they see another one than the writer started from.
create or replace function orchestrator.commit_materialization(draft json) returns void
language plpgsql as $$
declare
  written orchestrator.materialization := json_populate_record(null::orchestrator.materialization, draft);
  seen uuid;
begin
  -- The unique index alone would let the first two writers of a partition collide.
  perform pg_advisory_xact_lock(hashtextextended(written.asset || '@' || coalesce(written.partition::text, ''), 77001));
  select id into seen from orchestrator.materialization
  where asset = written.asset and is_current and partition is not distinct from written.partition;
  if written.supersedes is not null and written.supersedes is distinct from seen then
    raise exception using errcode = 'OR002',
      message = format('Asset ''%s'' was written by somebody else in the meantime: derived from %s, but readers see %s.',
        written.asset, written.supersedes, coalesce(seen::text, 'nothing'));
  end if;
  update orchestrator.materialization set is_current = false where id = seen;
  insert into orchestrator.materialization
    (id, asset, partition, run_id, activity_id, attempt, committed_at, location, rows, bytes, files, columns, figures, code_version, supersedes, engine,
     is_current)
  values
    (written.id, written.asset, written.partition, written.run_id, written.activity_id, written.attempt, written.committed_at, written.location,
     written.rows, written.bytes, written.files, written.columns, written.figures, written.code_version, written.supersedes, written.engine, true);
  insert into orchestrator.materialization_input (materialization_id, input_id)
  select distinct written.id, input::uuid from json_array_elements_text(draft -> 'inputs') as input;
end $$;
