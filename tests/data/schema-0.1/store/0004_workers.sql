alter table orchestrator.run
  add column priority integer not null default 0,
  add column started_by text,
  -- Of an open run with a partition: 'Active' has the month to itself, 'Waiting' comes after it. Null once it has ended or is suspended.
  add column turn text check (turn in ('Active', 'Waiting'));

update orchestrator.run set turn = case when rank = 1 then 'Active' else 'Waiting' end
from (
  select id, row_number() over (partition by definition_id, partition order by created_at, id) as rank
  from orchestrator.run where finished_at is null and status <> 'Suspended' and partition is not null) as open
where run.id = open.id;

alter table orchestrator.run add column is_ready boolean not null generated always as (
  finished_at is null and lease_owner is null and (cancel_reason is not null or (status <> 'Suspended' and turn is distinct from 'Waiting'))) stored;

create unique index run_active on orchestrator.run (definition_id, partition) where turn = 'Active';
create index run_waiting on orchestrator.run (definition_id, partition, priority desc, created_at, id) where turn = 'Waiting';
create index run_ready on orchestrator.run (priority desc, created_at, id) where is_ready;
-- Without the time at which the lease ends: renewing it must touch no index.
create index run_leased on orchestrator.run (lease_owner) where lease_owner is not null;

create function orchestrator.end_turn() returns trigger language plpgsql as $$
begin
  new.turn := null;
  return new;
end $$;
create trigger run_turn_ends before update on orchestrator.run for each row
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
    -- The one that was found may have been cancelled while its lock was waited for.
    exit when found or not exists (
      select 1 from orchestrator.run where definition_id = old.definition_id and partition = old.partition and turn = 'Waiting');
  end loop;
  update orchestrator.run set turn = 'Active' where id = next;
  return null;
end $$;
create trigger run_turn_passes after update on orchestrator.run for each row
  when (old.turn = 'Active' and new.turn is null)
  execute function orchestrator.begin_next_turn();

-- Wakes the workers: whatever made a run ready, they hear of it with the commit.
create function orchestrator.announce_ready() returns trigger language plpgsql as $$
begin
  perform pg_notify('orchestrator_run_ready', '');
  return null;
end $$;
create trigger run_accepted after insert on orchestrator.run for each row when (new.is_ready) execute function orchestrator.announce_ready();
create trigger run_became_ready after update on orchestrator.run for each row when (new.is_ready and not old.is_ready)
  execute function orchestrator.announce_ready();

create function orchestrator.announce_cancel() returns trigger language plpgsql as $$
begin
  perform pg_notify('orchestrator_run_cancel', new.id::text);
  return null;
end $$;
create trigger run_cancel_requested after update on orchestrator.run for each row
  when (new.cancel_reason is not null and old.cancel_reason is null and new.lease_owner is not null)
  execute function orchestrator.announce_cancel();

-- Accepts a run; one that is there already stays as it is. OR003: another run has the month, and this one is not to wait for it.
create function orchestrator.accept_run(
  new_id uuid, new_definition_id text, new_checksum text, new_version integer, new_name text, new_partition date, new_created_at timestamptz,
  new_traceparent text, new_rerun_of uuid, new_root_run uuid, new_priority integer, new_started_by text, may_wait boolean) returns void
language plpgsql as $$
declare
  new_turn text := case when new_partition is not null then 'Active' end;
  active uuid;
begin
  loop
    insert into orchestrator.run
      (id, definition_id, definition_checksum, definition_version, definition_name, partition, status, created_at, traceparent, rerun_of, root_run,
       priority, started_by, turn, last_sequence)
    values
      (new_id, new_definition_id, new_checksum, new_version, new_name, new_partition, 'Queued', new_created_at, new_traceparent, new_rerun_of,
       coalesce(new_root_run, new_id), new_priority, new_started_by, new_turn, 1)
    on conflict do nothing;
    exit when found or exists (select 1 from orchestrator.run where id = new_id);
    -- Locked, so that it cannot end without seeing who waits for it.
    select id into active from orchestrator.run
    where definition_id = new_definition_id and partition = new_partition and turn = 'Active' for share;
    -- It ended in between: the month may be free now.
    continue when active is null;
    if not may_wait then
      raise exception using errcode = 'OR003', hint = active::text,
        message = format('Run %s of %s for %s is active.', active, new_definition_id, to_char(new_partition, 'YYYY-MM'));
    end if;
    new_turn := 'Waiting';
  end loop;
end $$;

-- Named limits. 'runs' caps the runs of the whole platform, 'runs:DEFINITION' those of one workflow; every other name is a pool of slots for activities.
create table orchestrator.pool (
  name text primary key,
  -- Null: any number.
  slots integer check (slots > 0),
  version bigint not null default 1
);

create table orchestrator.worker (
  name text primary key,
  host text not null,
  process_id integer not null,
  roles text[] not null,
  slots integer not null,
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);

create function orchestrator.has_room(wanted_definition text) returns boolean language sql stable as $$
  select not exists (
    select 1 from orchestrator.pool
    where name in ('runs', 'runs:' || wanted_definition) and slots <= (
      select count(*) from orchestrator.run
      where lease_owner is not null and lease_expires_at >= now() and (pool.name = 'runs' or definition_id = wanted_definition)))
$$;

-- Takes runs that nobody drives: the highest priority first, then the oldest.
-- Its commit need not wait for the disk: a claim that is lost with the server had not led to anything, since the first append of the one who
-- holds it is durable only together with it.
create function orchestrator.claim_runs(most integer, worker text, lease interval) returns setof orchestrator.run
language plpgsql as $$
declare
  candidate record;
begin
  perform set_config('synchronous_commit', 'off', true);
  if not exists (select 1 from orchestrator.pool where slots is not null and (name = 'runs' or name like 'runs:%')) then
    return query
      with ready as (
        select id, run.priority, created_at from orchestrator.run where is_ready
        order by run.priority desc, created_at, id limit most for update skip locked),
      expired as (
        select id, run.priority, created_at from orchestrator.run where lease_owner is not null and lease_expires_at < now()
        order by run.priority desc, created_at, id limit most for update skip locked)
      update orchestrator.run
      set fencing_token = run.fencing_token + 1, lease_owner = worker, lease_expires_at = now() + lease
      from (select id from (select * from ready union all select * from expired) as free order by priority desc, created_at, id limit most) as taken
      where run.id = taken.id
      returning run.*;
    return;
  end if;
  -- Whoever counts what runs holds the limits meanwhile, so that two cannot both take the last place.
  perform 1 from orchestrator.pool where name = 'runs' or name like 'runs:%' order by name for update;
  for candidate in
    select id, definition_id from orchestrator.run
    where is_ready or (lease_owner is not null and lease_expires_at < now())
    order by priority desc, created_at, id
  loop
    exit when most = 0;
    continue when not orchestrator.has_room(candidate.definition_id);
    perform 1 from orchestrator.run
    where id = candidate.id and (is_ready or (lease_owner is not null and lease_expires_at < now())) for update skip locked;
    continue when not found;
    return query
      update orchestrator.run
      set fencing_token = run.fencing_token + 1, lease_owner = worker, lease_expires_at = now() + lease
      where id = candidate.id returning run.*;
    most := most - 1;
  end loop;
end $$;
