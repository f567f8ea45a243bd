-- What somebody outside is to be told: written in the transaction that made it true, delivered at least once, told apart by its id.
create table orchestrator.alert (
  id uuid primary key default gen_random_uuid(),
  event text not null,
  -- What it is about: a run, or a due time of a schedule. The same thing is told once.
  subject text not null,
  run_id uuid,
  previous_run_id uuid,
  schedule_id text,
  due_at timestamptz,
  created_at timestamptz not null default now(),
  attempts integer not null default 0,
  -- Null where nothing is left to do: delivered, or given up.
  next_attempt_at timestamptz default now(),
  delivered_at timestamptz,
  last_error text,
  unique (event, subject)
);
create index alert_next on orchestrator.alert (next_attempt_at) where next_attempt_at is not null;
create index alert_oldest on orchestrator.alert (created_at);

-- A run that failed, and one that succeeded where the last one of the same workflow and month had failed.
create function orchestrator.alert_of_run() returns trigger
language plpgsql as $$
declare
  before record;
begin
  if new.status = 'Failed' then
    insert into orchestrator.alert (event, subject, run_id) values ('run.failed', new.id, new.id) on conflict do nothing;
    return null;
  end if;
  if new.partition is null then
    select id, status into before from orchestrator.run
    where definition_id = new.definition_id and partition is null and status in ('Succeeded', 'Failed') and id <> new.id
    order by created_at desc limit 1;
  else
    select id, status into before from orchestrator.run
    where definition_id = new.definition_id and partition = new.partition and status in ('Succeeded', 'Failed') and id <> new.id
    order by created_at desc limit 1;
  end if;
  if before.status = 'Failed' then
    insert into orchestrator.alert (event, subject, run_id, previous_run_id) values ('run.recovered', new.id, new.id, before.id) on conflict do nothing;
  end if;
  return null;
end $$;

create trigger run_alerts after update of status on orchestrator.run
for each row when (new.status in ('Failed', 'Succeeded') and old.status is distinct from new.status) execute function orchestrator.alert_of_run();
