-- Runs, and who may drive them. The journal (0110) is the truth about a run; every other table is a projection of it that is written in the
-- same transaction.

-- What runs execute. A run keeps its own copy, so that saving and publishing never changes a run that exists.
create table orchestrator.workflow_definition_version (
  definition_id text not null,
  checksum text not null,
  version integer not null,
  name text not null,
  -- json, not jsonb: the document is kept letter for letter.
  document json not null,
  recorded_at timestamptz not null default now(),
  primary key (definition_id, checksum)
);

create table orchestrator.run (
  id uuid primary key,
  definition_id text not null,
  definition_checksum text not null,
  definition_version integer not null,
  definition_name text not null,
  -- True for a definition that was sent with the request, and for a draft: such a run does not count as one of the published workflow.
  is_ad_hoc boolean not null default false,
  partition date check (extract(day from partition) = 1),
  run_name text,
  correlation_id text,
  traceparent text,
  started_by text,
  priority integer not null default 0,
  status text not null,
  -- Of an open run with a partition: an 'Active' run has the partition to itself, a 'Waiting' run comes after it.
  -- Null if the run has ended or is suspended.
  turn text check (turn in ('Active', 'Waiting')),
  -- A worker may claim the run now.
  is_ready boolean not null generated always as (
    finished_at is null and lease_owner is null
    and (cancel_reason is not null or (status <> 'Suspended' and turn is distinct from 'Waiting'))) stored,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  error_code text,
  error_message text,
  error_activity_id text,
  suspended_reason text,
  cancel_reason text,
  rerun_of uuid,
  root_run uuid,
  parent_run uuid,
  -- The execution in the parent that waits for the end of this run; null if none waits.
  parent_number integer,
  -- Only the holder of the newest token may append: a worker that lost its lease writes nothing.
  fencing_token bigint not null default 0,
  lease_owner text,
  lease_expires_at timestamptz,
  last_sequence bigint not null default 0,
  -- When retention removed the activities, the journal, the log and the checks of the run.
  history_removed_at timestamptz,
  foreign key (definition_id, definition_checksum) references orchestrator.workflow_definition_version
) with (fillfactor = 80);

create index run_newest on orchestrator.run (created_at desc, id desc);
create index run_of_definition on orchestrator.run (definition_id, partition, created_at desc);
create index run_unfinished on orchestrator.run (created_at, id) where finished_at is null;
-- Pages of runs by their end and by their partition; runs that have none come last.
create index run_of_end on orchestrator.run (coalesce(finished_at, 'infinity'), id);
create index run_of_month on orchestrator.run (coalesce(partition::timestamp at time zone 'UTC', 'infinity'), id);
-- The attempts at the same work.
create index run_of_root on orchestrator.run (root_run, created_at) where rerun_of is not null;
create index run_of_parent on orchestrator.run (parent_run) where parent_run is not null;
create index run_of_correlation on orchestrator.run (correlation_id) where correlation_id is not null;

create unique index run_active on orchestrator.run (definition_id, partition) where turn = 'Active';
create index run_waiting on orchestrator.run (definition_id, partition, priority desc, created_at, id) where turn = 'Waiting';
create index run_ready on orchestrator.run (priority desc, created_at, id) where is_ready;
-- Without the time at which the lease ends: renewing a lease must touch no index.
create index run_leased on orchestrator.run (lease_owner) where lease_owner is not null;

-- The run that belongs to the Idempotency-Key of a request: the same request again gets the same run.
create table orchestrator.start_request (
  noted_at timestamptz not null default now(),
  run_id uuid not null,
  key text primary key,
  fingerprint text not null
);
create index start_request_noted on orchestrator.start_request (noted_at);

create table orchestrator.worker (
  name text primary key,
  host text not null,
  process_id integer not null,
  roles text[] not null,
  slots integer not null,
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);

-- Accepts a run; a run that exists already stays as it is. OR003: another run has the partition, and this one is not to wait for it.
create function orchestrator.accept_run(
  new_id uuid, new_definition_id text, new_checksum text, new_version integer, new_name text, new_partition date,
  new_created_at timestamptz, new_traceparent text, new_rerun_of uuid, new_root_run uuid, new_priority integer,
  new_started_by text, may_wait boolean) returns void
language plpgsql as $$
declare
  new_turn text := case when new_partition is not null then 'Active' end;
  active uuid;
begin
  loop
    insert into orchestrator.run
      (id, definition_id, definition_checksum, definition_version, definition_name, partition, status, created_at, traceparent,
       rerun_of, root_run, priority, started_by, turn, last_sequence)
    values
      (new_id, new_definition_id, new_checksum, new_version, new_name, new_partition, 'Queued', new_created_at, new_traceparent,
       new_rerun_of, coalesce(new_root_run, new_id), new_priority, new_started_by, new_turn, 1)
    on conflict do nothing;
    exit when found or exists (select 1 from orchestrator.run where id = new_id);
    -- Locked, so that it cannot end without seeing who waits for it.
    select id into active from orchestrator.run
    where definition_id = new_definition_id and partition = new_partition and turn = 'Active' for share;
    -- It ended in between: the partition may be free now.
    continue when active is null;
    if not may_wait then
      raise exception using errcode = 'OR003', hint = active::text,
        message = format('Run %s of %s for %s is active.', active, new_definition_id, to_char(new_partition, 'YYYY-MM'));
    end if;
    new_turn := 'Waiting';
  end loop;
end $$;

-- A run that ends or is suspended gives up its turn, and the next one that waits gets it. A trigger lists the columns it depends on:
-- other updates of a run, such as an append, do not evaluate it.
create function orchestrator.end_turn() returns trigger language plpgsql as $$
begin
  new.turn := null;
  return new;
end $$;
create trigger run_turn_ends before update of status, finished_at on orchestrator.run for each row
  when (new.turn is not null and (new.finished_at is not null or new.status = 'Suspended'))
  execute function orchestrator.end_turn();

create function orchestrator.begin_next_turn() returns trigger language plpgsql as $$
declare
  next uuid;
begin
  loop
    select id into next from orchestrator.run
    where definition_id = old.definition_id and partition = old.partition and turn = 'Waiting'
    order by priority desc, created_at, id limit 1 for update;
    -- The run that was found may have been canceled while its lock was awaited.
    exit when found or not exists (
      select 1 from orchestrator.run where definition_id = old.definition_id and partition = old.partition and turn = 'Waiting');
  end loop;
  update orchestrator.run set turn = 'Active' where id = next;
  return null;
end $$;
create trigger run_turn_passes after update of status, finished_at, turn on orchestrator.run for each row
  when (old.turn = 'Active' and new.turn is null)
  execute function orchestrator.begin_next_turn();

-- Wakes the workers with the commit that made a run ready, whatever the cause.
create function orchestrator.announce_ready() returns trigger language plpgsql as $$
begin
  perform pg_notify('orchestrator_run_ready', '');
  return null;
end $$;
create trigger run_accepted after insert on orchestrator.run for each row
  when (new.is_ready)
  execute function orchestrator.announce_ready();
create trigger run_became_ready after update of is_ready on orchestrator.run for each row
  when (new.is_ready and not old.is_ready)
  execute function orchestrator.announce_ready();

create function orchestrator.announce_cancel() returns trigger language plpgsql as $$
begin
  perform pg_notify('orchestrator_run_cancel', new.id::text);
  return null;
end $$;
create trigger run_cancel_requested after update of cancel_reason on orchestrator.run for each row
  when (new.cancel_reason is not null and old.cancel_reason is null and new.lease_owner is not null)
  execute function orchestrator.announce_cancel();
