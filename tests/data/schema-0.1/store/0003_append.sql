-- OR001: the caller does not hold the run any more, or somebody else appended since. Raised, so that the whole append is undone.
create function orchestrator.advance_run(
  held_run uuid, token bigint, expected_sequence bigint, events integer, new_status text, new_started_at timestamptz, new_finished_at timestamptz,
  new_error_code text, new_error_message text, new_error_activity_id text, new_suspended_reason text) returns void
language plpgsql as $$
begin
  update orchestrator.run
  set last_sequence = expected_sequence + events, status = new_status, started_at = new_started_at, finished_at = new_finished_at,
      error_code = new_error_code, error_message = new_error_message, error_activity_id = new_error_activity_id,
      suspended_reason = new_suspended_reason,
      lease_owner = case when new_finished_at is null then lease_owner end,
      lease_expires_at = case when new_finished_at is null then lease_expires_at end
  where id = held_run and fencing_token = token and last_sequence = expected_sequence;
  if not found then
    raise exception using errcode = 'OR001', message = format('Run %s is not at event %s under fencing token %s.', held_run, expected_sequence, token);
  end if;
end $$;

-- Moves the readers of an asset and partition to a new materialization. OR002: they see another one than the writer started from.
create function orchestrator.commit_materialization(draft json) returns void
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
    (id, asset, partition, run_id, activity_id, attempt, committed_at, location, rows, bytes, files, columns, figures, code_version, supersedes, is_current)
  values
    (written.id, written.asset, written.partition, written.run_id, written.activity_id, written.attempt, written.committed_at, written.location,
     written.rows, written.bytes, written.files, written.columns, written.figures, written.code_version, written.supersedes, true);
  insert into orchestrator.materialization_input (materialization_id, input_id)
  select distinct written.id, input::uuid from json_array_elements_text(draft -> 'inputs') as input;
end $$;
