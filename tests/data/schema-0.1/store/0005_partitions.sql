-- What runs leave behind lies in a partition per month, so that a month is dropped and not deleted row by row. The id of a run is a UUIDv7,
-- which begins with the time: a month is a range of ids, and whoever knows the run reads one partition.
create function orchestrator.first_run_id(at timestamptz) returns uuid language sql stable strict as $$
  select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

alter table orchestrator.journal rename to journal_before;
alter table orchestrator.journal_before rename constraint journal_pkey to journal_before_pkey;
alter table orchestrator.activity_execution rename to activity_execution_before;
alter table orchestrator.activity_execution_before rename constraint activity_execution_pkey to activity_execution_before_pkey;
alter table orchestrator.activity_log rename to activity_log_before;
alter table orchestrator.activity_log_before rename constraint activity_log_pkey to activity_log_before_pkey;
alter table orchestrator.asset_check_result rename to asset_check_result_before;
alter table orchestrator.asset_check_result_before rename constraint asset_check_result_pkey to asset_check_result_before_pkey;
drop index orchestrator.asset_check_result_of_asset;

-- Columns of fixed width come first, the widest first: no bytes between them.
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

-- For ids of a month that nobody prepared, such as those of a clock that is wrong: a run is never refused for want of a partition.
create table orchestrator.journal_other partition of orchestrator.journal default;
create table orchestrator.activity_execution_other partition of orchestrator.activity_execution default;
create table orchestrator.activity_log_other partition of orchestrator.activity_log default;
create table orchestrator.asset_check_result_other partition of orchestrator.asset_check_result default;

-- Prepares the month of a moment, in UTC; what is in the default partitions by then moves into it.
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
  -- Asked of the table itself: what the session remembers of names may be older than the lock.
  if exists (select from pg_class where relnamespace = 'orchestrator'::regnamespace and relname = 'journal' || suffix) then return; end if;
  foreach parent in array array['journal', 'activity_execution', 'activity_log', 'asset_check_result'] loop
    -- Attached, not created in place, so that appends go on; the default partition must not take rows of the month meanwhile.
    execute format('lock table orchestrator.%I in access exclusive mode', parent || '_other');
    execute format('create table orchestrator.%I (like orchestrator.%I including all)', parent || suffix, parent);
    execute format('with moved as (delete from orchestrator.%I where run_id >= %L and run_id < %L returning *) insert into orchestrator.%I select * from moved',
      parent || '_other', first, following, parent || suffix);
    execute format('alter table orchestrator.%I attach partition orchestrator.%I for values from (%L) to (%L)', parent, parent || suffix, first, following);
  end loop;
  -- An execution is written when it starts and again when it ends: room for that on its page.
  execute format('alter table orchestrator.%I set (fillfactor = 80)', 'activity_execution' || suffix);
end $$;

-- Prepares the month of a moment and the two after it.
create function orchestrator.add_months(moment timestamptz) returns void language sql as $$
  select orchestrator.add_month((date_trunc('month', moment, 'UTC') at time zone 'UTC' + ahead * interval '1 month') at time zone 'UTC')
  from generate_series(0, 2) as ahead
$$;

-- Drops what the runs of a month left behind; they say of themselves that their history was removed. False where one of them does not.
create function orchestrator.drop_month(moment timestamptz) returns boolean language plpgsql as $$
declare
  month constant timestamptz := date_trunc('month', moment, 'UTC');
  following constant timestamptz := (month at time zone 'UTC' + interval '1 month') at time zone 'UTC';
  parent text;
begin
  -- In the order in which appends take them, so that nobody waits for each other.
  lock table only orchestrator.journal, only orchestrator.activity_execution, only orchestrator.activity_log, only orchestrator.asset_check_result
    in access exclusive mode;
  if exists (select from orchestrator.run where id >= orchestrator.first_run_id(month) and id < orchestrator.first_run_id(following) and history_removed_at is null)
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

-- The moment in the id of a run.
select orchestrator.add_month(month) from (
  select distinct date_trunc('month', to_timestamp(('x' || left(replace(run_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0), 'UTC') as month
  from orchestrator.journal_before where run_id::text like '________-____-7%') as written;

insert into orchestrator.journal (run_id, sequence, at, type, payload)
select run_id, sequence, at, type, payload from orchestrator.journal_before order by run_id, sequence;
insert into orchestrator.activity_execution
  (run_id, number, parent, activity_id, node_id, type, name, status, attempts, scheduled_at, started_at, finished_at, inputs, outputs, outcomes, metrics,
   error_code, error_message)
select run_id, number, parent, activity_id, node_id, type, name, status, attempts, scheduled_at, started_at, finished_at, inputs, outputs, outcomes, metrics,
  error_code, error_message
from orchestrator.activity_execution_before order by run_id, number;
insert into orchestrator.activity_log (id, run_id, activity_id, attempt, at, event, message)
select id, run_id, activity_id, attempt, at, event, message from orchestrator.activity_log_before order by id;
insert into orchestrator.asset_check_result
  (id, run_id, activity_id, attempt, at, check_name, asset, partition, severity, is_passed, expected, actual, offending_rows)
select id, run_id, activity_id, attempt, at, check_name, asset, partition, severity, is_passed, expected, actual, offending_rows
from orchestrator.asset_check_result_before order by id;
select setval('orchestrator.activity_log_id', max(id)) from orchestrator.activity_log_before having max(id) is not null;
select setval('orchestrator.asset_check_result_id', max(id)) from orchestrator.asset_check_result_before having max(id) is not null;

drop table orchestrator.journal_before, orchestrator.activity_execution_before, orchestrator.activity_log_before, orchestrator.asset_check_result_before;

-- The runtime advances many runs by one statement of its own.
drop function orchestrator.advance_run;

-- Of a run whose activities, journal, log and checks were removed by retention.
alter table orchestrator.run add column history_removed_at timestamptz;

-- Pages of runs by their end and by their month; those that have none of it come last.
create index run_of_end on orchestrator.run (coalesce(finished_at, 'infinity'), id);
create index run_of_month on orchestrator.run (coalesce(partition::timestamp at time zone 'UTC', 'infinity'), id);
