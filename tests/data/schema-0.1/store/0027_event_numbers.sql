-- json keeps the escape of U+0000, which no text of PostgreSQL can hold: taking anything out of such a document with -> or ->> fails,
-- whatever is asked for. What an activity was given may contain it, so the journal is read without looking at its values.

-- Number of the execution that an event is about: its first member. Null for an event of the run.
create function orchestrator.event_number(payload json) returns integer language sql immutable parallel safe as $$
  select substring(payload::text from '^\{"number":([0-9]{1,9})')::integer
$$;

create or replace function orchestrator.note_wait() returns trigger language plpgsql as $$
declare
  readable json := replace(new.payload::text, '\u0000', '\ufffd')::json;
begin
  insert into orchestrator.wait (run_id, number, due_at, event_name)
  select new.run_id, (readable ->> 'number')::integer, (readable ->> 'dueAt')::timestamptz, readable ->> 'eventName'
  where (readable ->> 'dueAt') is not null or (readable ->> 'eventName') is not null
  on conflict do nothing;
  return null;
end $$;
