-- The catalog: which materialization of an asset readers see, and from which data it was made.

create table orchestrator.materialization (
  id uuid primary key,
  sequence bigint generated always as identity,
  asset text not null,
  partition date check (extract(day from partition) = 1),
  run_id uuid not null,
  activity_id text not null,
  attempt integer not null,
  committed_at timestamptz not null,
  location text not null,
  rows bigint not null,
  bytes bigint not null,
  files json not null,
  columns json not null,
  figures json not null,
  code_version text not null,
  -- What computed it: name, version and application of the engine, such as 'Spark 4.2.0, application app-20261123-0001'.
  engine text,
  supersedes uuid,
  is_current boolean not null
);
create unique index materialization_current on orchestrator.materialization (asset, partition) nulls not distinct where is_current;
create index materialization_of_asset on orchestrator.materialization (asset, partition, sequence desc);
create index materialization_of_run on orchestrator.materialization (run_id);

-- Lineage by data: the exact materializations that were read.
create table orchestrator.materialization_input (
  materialization_id uuid not null references orchestrator.materialization on delete cascade,
  input_id uuid not null,
  primary key (materialization_id, input_id)
);
create index materialization_input_readers on orchestrator.materialization_input (input_id);

-- Moves the readers of an asset and partition to a new materialization or, if the draft removes one, to none: what was written stays as
-- history. OR002: readers see another materialization than the writer started from.
create function orchestrator.commit_materialization(draft json) returns void
language plpgsql as $$
declare
  written orchestrator.materialization := json_populate_record(null::orchestrator.materialization, draft);
  seen uuid;
begin
  -- With the unique index alone, the first two writers of a partition would collide.
  perform pg_advisory_xact_lock(hashtextextended(written.asset || '@' || coalesce(written.partition::text, ''), 77001));
  select id into seen from orchestrator.materialization
  where asset = written.asset and is_current and partition is not distinct from written.partition;
  if written.supersedes is not null and written.supersedes is distinct from seen then
    raise exception using errcode = 'OR002',
      message = format('Asset ''%s'' was written by somebody else in the meantime: derived from %s, but readers see %s.',
        written.asset, written.supersedes, coalesce(seen::text, 'nothing'));
  end if;
  update orchestrator.materialization set is_current = false where id = seen;
  if coalesce((draft ->> 'is_removal')::boolean, false) then return; end if;
  insert into orchestrator.materialization
    (id, asset, partition, run_id, activity_id, attempt, committed_at, location, rows, bytes, files, columns, figures, code_version,
     supersedes, engine, is_current)
  values
    (written.id, written.asset, written.partition, written.run_id, written.activity_id, written.attempt, written.committed_at,
     written.location, written.rows, written.bytes, written.files, written.columns, written.figures, written.code_version,
     written.supersedes, written.engine, true);
  insert into orchestrator.materialization_input (materialization_id, input_id)
  select distinct written.id, input::uuid from json_array_elements_text(draft -> 'inputs') as input;
end $$;
