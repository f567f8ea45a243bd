-- The one clock of schedules and backfills: nodes may disagree about the time, they have one database. Tests put another one here.
create function orchestrator.clock() returns timestamptz language sql stable as 'select now()';

create table orchestrator.schedule (
  id text primary key,
  definition_id text not null,
  cron text not null,
  zone text not null,
  mapping text not null,
  catch_up text not null,
  max_parallel integer not null check (max_parallel > 0),
  is_on boolean not null,
  inputs json not null,
  priority integer not null,
  version integer not null,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  changed_by text,
  -- Since when the present cron, zone and mapping hold.
  rule_since timestamptz not null,
  -- What was due until then is in the ledger.
  settled_until timestamptz not null,
  next_due_at timestamptz,
  -- A deleted one stays: its ledger, and so that what is shipped does not come back.
  deleted_at timestamptz
);
create index schedule_due on orchestrator.schedule (next_due_at) where next_due_at is not null;

-- The ledger: a due time has one row, and one run at most.
create table orchestrator.occurrence (
  schedule_id text not null references orchestrator.schedule,
  due_at timestamptz not null,
  partition date check (extract(day from partition) = 1),
  status text not null,
  reason text,
  is_manual boolean not null,
  run_id uuid unique,
  recorded_at timestamptz not null,
  primary key (schedule_id, due_at)
);
create index occurrence_pending on orchestrator.occurrence (schedule_id, due_at) where status = 'Pending';

create table orchestrator.backfill (
  id uuid primary key,
  definition_id text not null,
  first_partition date not null check (extract(day from first_partition) = 1),
  last_partition date not null check (extract(day from last_partition) = 1),
  direction text not null,
  max_parallel integer not null check (max_parallel > 0),
  reprocess text not null,
  when_active text not null,
  inputs json not null,
  priority integer not null,
  status text not null,
  created_by text,
  created_at timestamptz not null,
  finished_at timestamptz
);
create index backfill_newest on orchestrator.backfill (created_at desc, id desc);
create index backfill_unfinished on orchestrator.backfill (id) where finished_at is null;

create table orchestrator.backfill_partition (
  backfill_id uuid not null references orchestrator.backfill on delete cascade,
  partition date not null,
  position integer not null,
  status text not null,
  reason text,
  run_id uuid unique,
  primary key (backfill_id, partition)
);
create index backfill_partition_open on orchestrator.backfill_partition (backfill_id, position) where status in ('Pending', 'Started');

-- Wakes the nodes when something became due earlier or later, or a run has ended that others wait behind.
create function orchestrator.wake_schedulers() returns trigger language plpgsql as $$
begin
  perform pg_notify('orchestrator_schedules', '');
  return null;
end $$;

create trigger schedule_changed after insert or update of next_due_at on orchestrator.schedule
  for each row execute function orchestrator.wake_schedulers();
create trigger backfill_began after insert on orchestrator.backfill
  for each row execute function orchestrator.wake_schedulers();
create trigger backfill_changed after update of status on orchestrator.backfill
  for each row when (new.status <> old.status) execute function orchestrator.wake_schedulers();
create trigger run_makes_room after update of status on orchestrator.run
  for each row when (new.status <> old.status and (new.finished_at is not null or new.status = 'Suspended') and new.started_by ~ '^(schedule|backfill) ')
  execute function orchestrator.wake_schedulers();
