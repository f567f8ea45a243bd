-- What suspended runs wait for, and what others tell a run.

-- A row may outlive its wait: the worker that resumes a run checks what the run really waits for, and removes the rest.
create table orchestrator.wait (
  run_id uuid not null,
  number integer not null,
  due_at timestamptz,
  event_name text,
  primary key (run_id, number)
);
create index wait_due on orchestrator.wait (due_at) where due_at is not null;
create index wait_event on orchestrator.wait (event_name) where event_name is not null;

create function orchestrator.note_wait() returns trigger language plpgsql as $$
declare
  -- See event_number: a payload with U+0000 cannot be read by member.
  readable json := replace(new.payload::text, '\u0000', '\ufffd')::json;
begin
  insert into orchestrator.wait (run_id, number, due_at, event_name)
  select new.run_id, (readable ->> 'number')::integer, (readable ->> 'dueAt')::timestamptz, readable ->> 'eventName'
  where (readable ->> 'dueAt') is not null or (readable ->> 'eventName') is not null
  on conflict do nothing;
  return null;
end $$;
create trigger journal_waits after insert on orchestrator.journal for each row
  when (new.type = 'activity.suspended')
  execute function orchestrator.note_wait();

-- Messages for a run. Their senders never touch its row, so that no two runs can wait for each other's.
create table orchestrator.run_signal (
  id bigint generated always as identity primary key,
  run_id uuid not null,
  kind text not null check (kind in ('Resume', 'Cancel')),
  -- Of 'Resume': the execution that waited.
  number integer,
  -- Of 'Resume': what came; of 'Cancel': the reason.
  payload json
);
create index run_signal_of_run on orchestrator.run_signal (run_id);

create function orchestrator.announce_signal() returns trigger language plpgsql as $$
begin
  perform pg_notify('orchestrator_run_signal', '');
  return null;
end $$;
create trigger run_signal_arrived after insert on orchestrator.run_signal for each statement
  execute function orchestrator.announce_signal();

create function orchestrator.tell_parent() returns trigger language plpgsql as $$
begin
  insert into orchestrator.run_signal (run_id, kind, number) values (new.parent_run, 'Resume', new.parent_number);
  return null;
end $$;
create trigger run_ended_for_parent after update of finished_at on orchestrator.run for each row
  when (new.finished_at is not null and old.finished_at is null and new.parent_number is not null)
  execute function orchestrator.tell_parent();

create function orchestrator.tell_children() returns trigger language plpgsql as $$
begin
  insert into orchestrator.run_signal (run_id, kind, payload)
  select id, 'Cancel', to_json(format('Run %s, which waited for this one, has ended.', new.id))
  from orchestrator.run where parent_run = new.id and parent_number is not null and finished_at is null;
  return null;
end $$;
create trigger run_ended_for_children after update of finished_at on orchestrator.run for each row
  when (new.finished_at is not null and old.finished_at is null and new.status <> 'Succeeded')
  execute function orchestrator.tell_children();

-- Queues the suspended runs for which a signal has come or a wait is due. One caller at a time is enough.
-- Returns when the next wait is due; null if none waits for a time.
create function orchestrator.wake_runs() returns timestamptz language plpgsql as $$
begin
  if not pg_try_advisory_xact_lock(7700000016) then return null; end if;
  delete from orchestrator.run_signal using orchestrator.run where run.id = run_signal.run_id and run.finished_at is not null;
  with told as (delete from orchestrator.run_signal where kind = 'Cancel' returning run_id, payload)
  update orchestrator.run set cancel_reason = coalesce(cancel_reason, told.payload #>> '{}') from told
  where run.id = told.run_id and run.finished_at is null;
  delete from orchestrator.wait using orchestrator.run where wait.due_at <= now() and run.id = wait.run_id and run.finished_at is not null;
  update orchestrator.run set status = 'Queued', suspended_reason = null
  where id in (
    select id from orchestrator.run
    where status = 'Suspended' and lease_owner is null and finished_at is null
      and id in (select run_id from orchestrator.run_signal union select run_id from orchestrator.wait where due_at <= now())
    for no key update skip locked);
  return (select min(due_at) from orchestrator.wait where due_at > now());
end $$;
