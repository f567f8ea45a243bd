-- Who has a slot of a pool, or waits for one. A row counts as long as its attempt executes under the same fencing token, so a slot is free in the
-- very transaction that ends the attempt or takes the run away; the row itself is removed when somebody looks next.
create table orchestrator.pool_slot (
  run_id uuid not null,
  number integer not null,
  pool text not null references orchestrator.pool,
  activity_id text not null,
  attempts integer not null,
  fencing_token bigint not null,
  priority integer not null,
  -- Of the run: the older one goes first.
  created_at timestamptz not null,
  asked_at timestamptz not null default now(),
  granted_at timestamptz,
  primary key (run_id, number)
);
create index pool_slot_order on orchestrator.pool_slot (pool, priority desc, created_at, run_id, number);

create function orchestrator.is_taken(slot orchestrator.pool_slot) returns boolean language sql stable as $$
  select exists (
    select 1 from orchestrator.run
    join orchestrator.activity_execution as execution on execution.run_id = run.id
    where run.id = slot.run_id and run.fencing_token = slot.fencing_token and run.lease_owner is not null
      and execution.number = slot.number and execution.status = 'Running' and execution.attempts = slot.attempts)
$$;

-- Gives the free slots of a pool to those who wait, by priority, then by the age of the run.
create function orchestrator.grant_slots(wanted text) returns void language plpgsql as $$
declare
  free bigint;
  waiter record;
begin
  -- One at a time, so that two cannot both give away the last slot.
  select coalesce(slots, 1000000) into free from orchestrator.pool where name = wanted for update;
  -- Who holds a slot under a lease that has ended loses the run with it: it would go on as if it still had the slot.
  update orchestrator.run set fencing_token = fencing_token + 1, lease_owner = null, lease_expires_at = null
  where id in (
    select run.id from orchestrator.run join orchestrator.pool_slot as slot on slot.run_id = run.id and slot.fencing_token = run.fencing_token
    where slot.pool = wanted and run.lease_owner is not null and run.lease_expires_at < clock_timestamp()
    for update of run skip locked);
  delete from orchestrator.pool_slot as slot where pool = wanted and not orchestrator.is_taken(slot);
  select free - count(*) into free from orchestrator.pool_slot where pool = wanted and granted_at is not null;
  for waiter in
    update orchestrator.pool_slot set granted_at = clock_timestamp()
    where (run_id, number) in (
      select run_id, number from orchestrator.pool_slot where pool = wanted and granted_at is null
      order by priority desc, created_at, run_id, number limit greatest(free, 0))
    returning run_id
  loop
    perform pg_notify('orchestrator_slot_granted', waiter.run_id::text);
  end loop;
end $$;

-- Asks for a slot, or asks again. True where the attempt has it.
create function orchestrator.take_slot(
  wanted text, held_run uuid, execution integer, activity text, begun integer, token bigint, run_priority integer, run_created_at timestamptz) returns boolean
language plpgsql as $$
begin
  perform set_config('synchronous_commit', 'off', true);
  insert into orchestrator.pool (name) values (wanted) on conflict do nothing;
  insert into orchestrator.pool_slot (run_id, number, pool, activity_id, attempts, fencing_token, priority, created_at)
  values (held_run, execution, wanted, activity, begun, token, run_priority, run_created_at)
  on conflict (run_id, number) do update
  set pool = excluded.pool, attempts = excluded.attempts, fencing_token = excluded.fencing_token, priority = excluded.priority, granted_at = null
  where pool_slot.attempts <> excluded.attempts or pool_slot.fencing_token <> excluded.fencing_token;
  perform orchestrator.grant_slots(wanted);
  return exists (
    select 1 from orchestrator.pool_slot
    where run_id = held_run and number = execution and attempts = begun and fencing_token = token and granted_at is not null);
end $$;

-- The limit of runs that has no room for another run of a workflow; null where both have.
create function orchestrator.full_pool(wanted_definition text) returns text language sql stable as $$
  select name from orchestrator.pool
  where name in ('runs', 'runs:' || wanted_definition) and slots <= (
    select count(*) from orchestrator.run
    where lease_owner is not null and lease_expires_at >= now() and (pool.name = 'runs' or definition_id = wanted_definition))
  order by name limit 1
$$;
create or replace function orchestrator.has_room(wanted_definition text) returns boolean language sql stable as $$
  select orchestrator.full_pool(wanted_definition) is null
$$;

-- A limit that was raised lets the next ones in at once.
create function orchestrator.announce_limit() returns trigger language plpgsql as $$
begin
  if new.name = 'runs' or new.name like 'runs:%' then perform pg_notify('orchestrator_run_ready', '');
  else perform orchestrator.grant_slots(new.name);
  end if;
  return null;
end $$;
create trigger pool_changed after update on orchestrator.pool for each row when (new.slots is distinct from old.slots)
  execute function orchestrator.announce_limit();

insert into orchestrator.pool (name) values ('spark'), ('warehouse'), ('runs') on conflict do nothing;
