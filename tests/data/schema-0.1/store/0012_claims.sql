-- As before, but with limits of runs it looks no further than it must: not at all where the platform is full, and past workflows that are.
create or replace function orchestrator.claim_runs(most integer, worker text, lease interval) returns setof orchestrator.run
language plpgsql as $$
declare
  free bigint;
  full_definitions text[];
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
  select slots - (select count(*) from orchestrator.run where lease_owner is not null and lease_expires_at >= now())
  into free from orchestrator.pool where name = 'runs';
  most := least(most, free);
  select array_agg(substr(name, 6)) into full_definitions from orchestrator.pool
  where name like 'runs:%' and not orchestrator.has_room(substr(name, 6));
  -- Runs whose worker died come first: they are few, and have begun.
  for candidate in
    (select id, definition_id from orchestrator.run where lease_owner is not null and lease_expires_at < now() order by priority desc, created_at, id)
    union all
    (select id, definition_id from orchestrator.run where is_ready and definition_id <> all (coalesce(full_definitions, '{}')) order by priority desc, created_at, id)
  loop
    exit when most <= 0;
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
