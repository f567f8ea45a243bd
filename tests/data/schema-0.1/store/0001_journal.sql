-- The journal is the truth; every other table here is a projection that is written in the same transaction.

create table orchestrator.workflow_definition_version (
  definition_id text not null,
  checksum text not null,
  version integer not null,
  name text not null,
  -- json, not jsonb: the document is kept letter for letter.
  document json not null,
  recorded_at timestamptz not null default now(),
  primary key (definition_id, checksum)
);

create table orchestrator.run (
  id uuid primary key,
  definition_id text not null,
  definition_checksum text not null,
  definition_version integer not null,
  definition_name text not null,
  partition date check (extract(day from partition) = 1),
  status text not null,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  error_code text,
  error_message text,
  error_activity_id text,
  suspended_reason text,
  cancel_reason text,
  traceparent text,
  rerun_of uuid,
  root_run uuid,
  -- Only the holder of the newest token may append: a worker that lost its lease writes nothing.
  fencing_token bigint not null default 0,
  lease_owner text,
  lease_expires_at timestamptz,
  last_sequence bigint not null default 0,
  foreign key (definition_id, definition_checksum) references orchestrator.workflow_definition_version
) with (fillfactor = 80);

create index run_newest on orchestrator.run (created_at desc, id desc);
create index run_of_definition on orchestrator.run (definition_id, partition, created_at desc);
create index run_unfinished on orchestrator.run (created_at, id) where finished_at is null;

create table orchestrator.journal (
  run_id uuid not null,
  sequence bigint not null,
  at timestamptz not null,
  type text not null,
  -- json, not jsonb: values come back letter for letter, with the order of their properties, and are cheaper to write.
  payload json not null,
  primary key (run_id, sequence)
);

create table orchestrator.activity_execution (
  run_id uuid not null,
  number integer not null,
  parent integer,
  activity_id text not null,
  node_id text not null,
  type text not null,
  name text,
  status text not null,
  attempts integer not null,
  scheduled_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  inputs json,
  outputs json,
  outcomes json,
  metrics json,
  error_code text,
  error_message text,
  primary key (run_id, number)
) with (fillfactor = 70);

create table orchestrator.activity_log (
  id bigint generated always as identity primary key,
  run_id uuid not null,
  activity_id text not null,
  attempt integer not null,
  at timestamptz not null,
  event text not null,
  message text
);
create index activity_log_of_run on orchestrator.activity_log (run_id, id);

create table orchestrator.asset_check_result (
  id bigint generated always as identity primary key,
  run_id uuid not null,
  activity_id text not null,
  attempt integer not null,
  at timestamptz not null,
  check_name text not null,
  asset text not null,
  partition date,
  severity text not null,
  is_passed boolean not null,
  expected text not null,
  actual text not null,
  offending_rows json not null
);
create index asset_check_result_of_run on orchestrator.asset_check_result (run_id, id);
create index asset_check_result_of_asset on orchestrator.asset_check_result (asset, partition, id desc);
