-- Values that activities need and nobody may see. They are encrypted; the keys are not in the database.
create table orchestrator.secret (
  name text primary key,
  value bytea not null,
  version bigint not null default 1,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  changed_by text not null
);
