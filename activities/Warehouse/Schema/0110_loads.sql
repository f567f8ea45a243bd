-- What is loaded, and who may load.

create sequence sales.load_id;

-- Which materialization is loaded where. The transaction that swaps a partition must be able to replace its row here, and can do so only
-- with a materialization that is not older: neither old dimensions nor a stale worker ever win.
create table sales.loaded (
  table_name text collate "C" not null,
  partition text collate "C" not null, -- the month, as 2026-10; all for a dimension
  materialization_id uuid not null,
  sequence bigint not null,
  run_id uuid not null,
  activity_id text not null,
  attempt int not null,
  rows bigint not null,
  -- Of the rows as they were loaded, without indexes; null if an older version loaded them. A recorded size need not be asked of a table
  -- that another load replaces meanwhile.
  bytes bigint,
  total numeric(18,2),
  loaded_at timestamptz not null default clock_timestamp(),
  analyzed_at timestamptz, -- null until the planner's statistics are of these rows
  primary key (table_name, partition)
);

-- The newest fencing token of each run that writes here. It is announced before a run's first table is written, and whenever another worker
-- takes the run over. A transaction that shows something to readers compares its own token with this one, under a lock on the row, as the
-- last thing before it commits. Warehouse and journal may be two databases: without this, what the journal refuses would be visible here.
create table sales.fence (
  run_id uuid primary key,
  token bigint not null,
  announced_at timestamptz not null default clock_timestamp()
);
