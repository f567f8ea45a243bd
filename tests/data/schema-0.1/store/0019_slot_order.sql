-- Whoever touches the slots of a pool holds the pool first. Before, one who asked again had his own row and waited for the pool, while the one who
-- had the pool waited for that row: each such pair cost a second, until PostgreSQL ended one of the two.
create or replace function orchestrator.take_slot(
  wanted text, held_run uuid, execution integer, activity text, begun integer, token bigint, run_priority integer, run_created_at timestamptz) returns boolean
language plpgsql as $$
begin
  perform set_config('synchronous_commit', 'off', true);
  insert into orchestrator.pool (name) values (wanted) on conflict do nothing;
  perform 1 from orchestrator.pool where name = wanted for update;
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
