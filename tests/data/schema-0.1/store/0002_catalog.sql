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
