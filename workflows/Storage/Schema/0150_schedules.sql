-- Schedules and backfills, and the ledger of what was due.

-- The one clock of schedules and backfills: nodes may disagree about the time, but they have one database. Tests replace this function.
create function orchestrator.clock() returns timestamptz language sql stable as 'select now()';

create table orchestrator.schedule (
  id text primary key,
  definition_id text not null,
  -- The activity of the published workflow that the schedule belongs to, such as a Timer that starts runs; null if a person made it.
  trigger_activity text,
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
  -- Why the schedule cannot run, such as a workflow that was deleted or a rule that cannot be read; null while it can.
  failure text,
  failing_since timestamptz,
  -- A deleted schedule stays: its ledger is kept, and a shipped schedule does not come back.
  deleted_at timestamptz
);
create index schedule_due on orchestrator.schedule (next_due_at) where next_due_at is not null;
create index schedule_of_workflow on orchestrator.schedule (definition_id) where trigger_activity is not null and deleted_at is null;

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

-- Wakes the nodes when a due time has moved, or a run has ended that others wait for.
create function orchestrator.wake_schedulers() returns trigger language plpgsql as $$
begin
  perform pg_notify('orchestrator_schedules', '');
  return null;
end $$;
create trigger schedule_changed after insert or update of next_due_at on orchestrator.schedule for each row
  execute function orchestrator.wake_schedulers();
create trigger backfill_began after insert on orchestrator.backfill for each row
  execute function orchestrator.wake_schedulers();
create trigger backfill_changed after update of status on orchestrator.backfill for each row
  when (new.status <> old.status)
  execute function orchestrator.wake_schedulers();
create trigger run_makes_room after update of status on orchestrator.run for each row
  when (new.status <> old.status and (new.finished_at is not null or new.status = 'Suspended')
    and new.started_by ~ '^(schedule|backfill) ')
  execute function orchestrator.wake_schedulers();
