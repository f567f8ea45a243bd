-- The journal of runs and what is projected from it. These tables have a partition per month, so that a month is dropped at once and not
-- deleted row by row. The id of a run is a UUIDv7, which begins with the time: a month is a range of ids, and a reader who knows the run
-- reads one partition. Columns of fixed width come first, the widest first: no bytes between them.

create table orchestrator.journal (
  sequence bigint not null,
  at timestamptz not null,
  run_id uuid not null,
  type text not null,
  -- json, not jsonb: values come back letter for letter, with the order of their properties, and are cheaper to write.
  payload json not null,
  primary key (run_id, sequence)
) partition by range (run_id);

create table orchestrator.activity_execution (
  scheduled_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  run_id uuid not null,
  -- Of an activity that a rerun took over: the run in which it really executed, and its number there.
  reused_from uuid,
  reused_number integer,
  number integer not null,
  parent integer,
  attempts integer not null,
  status text not null,
  activity_id text not null,
  node_id text not null,
  type text not null,
  name text,
  inputs json,
  outputs json,
  outcomes json,
  metrics json,
  error_code text,
  error_message text,
  primary key (run_id, number)
) partition by range (run_id);

create sequence orchestrator.activity_log_id;
create table orchestrator.activity_log (
  id bigint not null default nextval('orchestrator.activity_log_id'),
  at timestamptz not null,
  run_id uuid not null,
  attempt integer not null,
  activity_id text not null,
  event text not null,
  message text,
  primary key (run_id, id)
) partition by range (run_id);

create sequence orchestrator.asset_check_result_id;
create table orchestrator.asset_check_result (
  id bigint not null default nextval('orchestrator.asset_check_result_id'),
  at timestamptz not null,
  run_id uuid not null,
  attempt integer not null,
  partition date,
  is_passed boolean not null,
  activity_id text not null,
  check_name text not null,
  asset text not null,
  severity text not null,
  expected text not null,
  actual text not null,
  offending_rows json not null,
  primary key (run_id, id)
) partition by range (run_id);
create index asset_check_result_of_asset on orchestrator.asset_check_result (asset, partition, id desc);

-- For ids of a month that nobody prepared, such as those of a clock that is wrong: a run is never refused because a partition is missing.
create table orchestrator.journal_other partition of orchestrator.journal default;
create table orchestrator.activity_execution_other partition of orchestrator.activity_execution default;
create table orchestrator.activity_log_other partition of orchestrator.activity_log default;
create table orchestrator.asset_check_result_other partition of orchestrator.asset_check_result default;

create function orchestrator.first_run_id(at timestamptz) returns uuid language sql stable strict as $$
  select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Prepares the month of a moment, in UTC. Rows of that month that are in the default partitions by then move into it.
create function orchestrator.add_month(moment timestamptz) returns void language plpgsql as $$
declare
  month constant timestamptz := date_trunc('month', moment, 'UTC');
  first constant uuid := orchestrator.first_run_id(month);
  following constant uuid := orchestrator.first_run_id((month at time zone 'UTC' + interval '1 month') at time zone 'UTC');
  suffix constant text := to_char(month at time zone 'UTC', '_YYYY_MM');
  parent text;
begin
  if exists (select from pg_class where relnamespace = 'orchestrator'::regnamespace and relname = 'journal' || suffix) then return; end if;
  perform pg_advisory_xact_lock(7700000002);
  -- Asked of the table itself: the names that the session remembers may be older than the lock.
  if exists (select from pg_class where relnamespace = 'orchestrator'::regnamespace and relname = 'journal' || suffix) then return; end if;
  foreach parent in array array['journal', 'activity_execution', 'activity_log', 'asset_check_result'] loop
    -- Attached, not created in place, so that appends go on; the default partition must not take rows of the month meanwhile.
    execute format('lock table orchestrator.%I in access exclusive mode', parent || '_other');
    execute format('create table orchestrator.%I (like orchestrator.%I including all)', parent || suffix, parent);
    execute format('
      with moved as (delete from orchestrator.%I where run_id >= %L and run_id < %L returning *)
      insert into orchestrator.%I select * from moved',
      parent || '_other', first, following, parent || suffix);
    execute format('alter table orchestrator.%I attach partition orchestrator.%I for values from (%L) to (%L)',
      parent, parent || suffix, first, following);
  end loop;
  -- An execution is written when it starts and again when it ends: this leaves room for the second version on the same page.
  execute format('alter table orchestrator.%I set (fillfactor = 80)', 'activity_execution' || suffix);
end $$;

-- Prepares the month of a moment and the two months after it.
create function orchestrator.add_months(moment timestamptz) returns void language sql as $$
  select orchestrator.add_month((date_trunc('month', moment, 'UTC') at time zone 'UTC' + ahead * interval '1 month') at time zone 'UTC')
  from generate_series(0, 2) as ahead
$$;

-- Drops the history of the runs of a month. False, and nothing is dropped, if one of the runs does not say that its history was removed.
create function orchestrator.drop_month(moment timestamptz) returns boolean language plpgsql as $$
declare
  month constant timestamptz := date_trunc('month', moment, 'UTC');
  following constant timestamptz := (month at time zone 'UTC' + interval '1 month') at time zone 'UTC';
  parent text;
begin
  -- In the order in which appends lock them, so that no two transactions wait for each other.
  lock table only orchestrator.journal, only orchestrator.activity_execution, only orchestrator.activity_log,
    only orchestrator.asset_check_result
    in access exclusive mode;
  if exists (
    select from orchestrator.run
    where id >= orchestrator.first_run_id(month) and id < orchestrator.first_run_id(following) and history_removed_at is null)
  then
    return false;
  end if;
  foreach parent in array array['journal', 'activity_execution', 'activity_log', 'asset_check_result'] loop
    execute format('drop table orchestrator.%I', parent || to_char(month at time zone 'UTC', '_YYYY_MM'));
  end loop;
  return true;
end $$;

-- The months that are prepared.
create view orchestrator.month as
select to_timestamp(right(relname, 7), 'YYYY_MM')::timestamp at time zone 'UTC' as begins,
  (to_timestamp(right(relname, 7), 'YYYY_MM')::timestamp + interval '1 month') at time zone 'UTC' as ends
from pg_inherits join pg_class on pg_class.oid = inhrelid
where inhparent = 'orchestrator.journal'::regclass and relname ~ '^journal_[0-9]{4}_[0-9]{2}$';

-- Number of the execution that an event is about: its first member. Null for an event of the run.
-- json keeps the escape of U+0000, which no text of PostgreSQL can hold: reading any member of such a document with -> or ->> fails.
-- The input of an activity may contain it, so this function does not look at the values of the payload.
create function orchestrator.event_number(payload json) returns integer language sql immutable parallel safe as $$
  select substring(payload::text from '^\{"number":([0-9]{1,9})')::integer
$$;

-- Appends to the journal of a run, with everything that becomes true with it. False, and nothing is written, if the caller does not hold
-- the run any more or another worker has appended in the meantime. If new_status is null, the run keeps its state: then no trigger of the
-- run is evaluated and no generated column or index entry is computed again. JournalWriter does the same to many runs in one statement,
-- which is cheaper per run from a few runs on.
create function orchestrator.append_to_run(
  held_run uuid, token bigint, expected bigint, events integer,
  new_status text, new_started_at timestamptz, new_finished_at timestamptz,
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
        error_code = new_error_code, error_message = new_error_message, error_activity_id = new_error_activity_id,
        suspended_reason = new_suspended_reason,
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
