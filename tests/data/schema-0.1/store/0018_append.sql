-- Appends to the journal of a run, with all that becomes true with it; false, and nothing is written, where the caller does not hold the run any
-- more or somebody else appended since. Where new_status is null, the run stands as it stood: then no trigger of it is looked at and nothing that
-- follows from its columns is worked out again. JournalWriter does the same to many runs by one statement: per run that is cheaper from a few on.
create function orchestrator.append_to_run(
  held_run uuid, token bigint, expected bigint, events integer, new_status text, new_started_at timestamptz, new_finished_at timestamptz,
  new_error_code text, new_error_message text, new_error_activity_id text, new_suspended_reason text,
  new_run_name text, new_correlation_id text, executions json, lines json, checks json,
  moments timestamptz[], types text[], payloads json[]) returns boolean
language plpgsql as $$
begin
  if new_status is null then
    update orchestrator.run set last_sequence = expected + events
    where id = held_run and fencing_token = token and last_sequence = expected;
  else
    update orchestrator.run
    set last_sequence = expected + events, status = new_status, started_at = new_started_at, finished_at = new_finished_at,
        error_code = new_error_code, error_message = new_error_message, error_activity_id = new_error_activity_id, suspended_reason = new_suspended_reason,
        run_name = new_run_name, correlation_id = new_correlation_id,
        lease_owner = case when new_finished_at is null then lease_owner end,
        lease_expires_at = case when new_finished_at is null then lease_expires_at end
    where id = held_run and fencing_token = token and last_sequence = expected;
  end if;
  if not found then return false; end if;

  insert into orchestrator.journal (run_id, sequence, at, type, payload)
  select held_run, expected + entry.place, entry.at, entry.type, entry.payload
  from unnest(moments, types, payloads) with ordinality as entry (at, type, payload, place);

  if executions is not null then
    insert into orchestrator.activity_execution
    select execution.* from json_populate_recordset(null::orchestrator.activity_execution, executions) as execution
    on conflict (run_id, number) do update
    set status = excluded.status, attempts = excluded.attempts, started_at = excluded.started_at, finished_at = excluded.finished_at,
        inputs = excluded.inputs, outputs = excluded.outputs, outcomes = excluded.outcomes, metrics = excluded.metrics,
        error_code = excluded.error_code, error_message = excluded.error_message;
  end if;
  if lines is not null then
    insert into orchestrator.activity_log (run_id, activity_id, attempt, at, event, message)
    select line.run_id, line.activity_id, line.attempt, line.at, line.event, line.message
    from json_populate_recordset(null::orchestrator.activity_log, lines) as line;
  end if;
  if checks is not null then
    insert into orchestrator.asset_check_result
      (run_id, activity_id, attempt, at, check_name, asset, partition, severity, is_passed, expected, actual, offending_rows)
    select made.run_id, made.activity_id, made.attempt, made.at, made.check_name, made.asset, made.partition, made.severity, made.is_passed,
      made.expected, made.actual, made.offending_rows
    from json_populate_recordset(null::orchestrator.asset_check_result, checks) as made;
  end if;
  return true;
end $$;

-- Only what they look at wakes them.
drop trigger run_turn_ends on orchestrator.run;
create trigger run_turn_ends before update of status, finished_at on orchestrator.run for each row
  when (new.turn is not null and (new.finished_at is not null or new.status = 'Suspended'))
  execute function orchestrator.end_turn();
drop trigger run_turn_passes on orchestrator.run;
create trigger run_turn_passes after update of status, finished_at, turn on orchestrator.run for each row
  when (old.turn = 'Active' and new.turn is null)
  execute function orchestrator.begin_next_turn();
drop trigger run_became_ready on orchestrator.run;
create trigger run_became_ready after update of is_ready on orchestrator.run for each row
  when (new.is_ready and not old.is_ready)
  execute function orchestrator.announce_ready();
drop trigger run_cancel_requested on orchestrator.run;
create trigger run_cancel_requested after update of cancel_reason on orchestrator.run for each row
  when (new.cancel_reason is not null and old.cancel_reason is null and new.lease_owner is not null)
  execute function orchestrator.announce_cancel();
drop trigger run_ended_for_parent on orchestrator.run;
create trigger run_ended_for_parent after update of finished_at on orchestrator.run for each row
  when (new.finished_at is not null and old.finished_at is null and new.parent_number is not null)
  execute function orchestrator.tell_parent();
drop trigger run_ended_for_children on orchestrator.run;
create trigger run_ended_for_children after update of finished_at on orchestrator.run for each row
  when (new.finished_at is not null and old.finished_at is null and new.status <> 'Succeeded')
  execute function orchestrator.tell_children();
