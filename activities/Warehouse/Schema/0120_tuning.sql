-- What index tuning measured and decided. An index belongs to tuning, which may drop it, if its last decision here says that it stands.

create table sales.query_baseline (
  query text collate "C" not null,
  partition text collate "C" not null,
  text_hash text not null,
  parameters jsonb not null,
  fact_rows bigint not null,
  buffers bigint not null, -- pages of 8 KiB, hit or read, without the indexes of tuning
  milliseconds double precision not null,
  source text not null, -- measured, or switched_off if indexes of tuning stood already
  measured_at timestamptz not null default clock_timestamp(),
  primary key (query, partition)
);

create table sales.index_decision (
  id bigint generated always as identity primary key,
  decided_at timestamptz not null default clock_timestamp(),
  run_id uuid not null,
  partition text collate "C" not null,
  index_name text collate "C" not null,
  table_name text collate "C" not null,
  key_columns text[] not null,
  included_columns text[] not null,
  decision text not null, -- kept, dropped
  reason text not null,
  gain_buffers bigint not null,
  bytes bigint not null, -- measured
  build_milliseconds double precision not null,
  fact_rows bigint not null
);
create index index_decision_by_name on sales.index_decision (index_name, id desc);

create table sales.tuning_report (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default clock_timestamp(),
  run_id uuid not null,
  partition text collate "C" not null,
  report jsonb not null
);
