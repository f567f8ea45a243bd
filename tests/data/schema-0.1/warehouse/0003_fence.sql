-- The newest fencing token of each run that writes here. It is announced before a run's first table is written, and whenever another worker
-- takes the run over; a transaction that shows something to readers compares its own token with this one, under a lock on the row, as the
-- last thing before it commits. Warehouse and journal may be two databases: what the journal refuses would else be visible here.
create table sales.fence (
  run_id uuid primary key,
  token bigint not null,
  announced_at timestamptz not null default clock_timestamp()
);
