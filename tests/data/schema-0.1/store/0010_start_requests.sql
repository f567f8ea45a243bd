-- The run that belongs to the Idempotency-Key of a request: asking again gives the same one.
create table orchestrator.start_request (
  noted_at timestamptz not null default now(),
  run_id uuid not null,
  key text primary key,
  fingerprint text not null
);
create index start_request_noted on orchestrator.start_request (noted_at);
