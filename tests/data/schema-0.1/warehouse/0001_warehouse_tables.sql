-- The warehouse: star schema and marts as readers see them. Every table is partitioned, so that one way of replacing data serves all:
-- rows are staged beside the table and attached in its place. A dimension has one partition that holds all of its rows.
-- Facts and marts have one a month. Codes compare bytewise (collate "C"), as they do in the object store. Money is in the currency of the source.

create sequence sales.load_id;

create table sales.dim_customer (
  customer_key int not null primary key,
  customer_id text collate "C" not null,
  segment text collate "C",
  city text collate "C",
  valid_from date not null,
  valid_to date not null,
  is_current boolean not null
) partition by range (customer_key);

create table sales.dim_store (
  store_key int not null primary key,
  store_id text collate "C" not null,
  region text collate "C",
  valid_from date not null,
  valid_to date not null,
  is_current boolean not null
) partition by range (store_key);

create table sales.dim_sales_person (
  sales_person_key int not null primary key,
  sales_person_id text collate "C" not null,
  team text collate "C",
  valid_from date not null,
  valid_to date not null,
  is_current boolean not null
) partition by range (sales_person_key);

create table sales.dim_date (
  date_key int not null primary key,
  date date not null,
  year int not null,
  quarter int not null,
  month int not null,
  day int not null,
  day_of_week int not null,
  is_weekend boolean not null
) partition by range (date_key);

create table sales.fact_sales (
  customer_key int not null,
  store_key int not null,
  sales_person_key int not null,
  date_key int not null,
  price numeric(18,4) not null,
  quantity int not null,
  total_cost numeric(18,2) not null
) partition by range (date_key);

create table sales.mart_customer_monthly (
  month date not null,
  customer_id text collate "C" not null,
  total_purchase_cost numeric(18,2) not null,
  sales bigint not null,
  rank int
) partition by range (month);

create table sales.mart_sales_monthly (
  month date not null,
  sales_person_id text collate "C" not null,
  total_sales numeric(18,2) not null,
  sales bigint not null,
  rank int
) partition by range (month);

-- Which materialization is loaded where. It is the fence too: the transaction that swaps a partition must be able to replace its row
-- here, and can only do so with a materialization that is not older, so neither old dimensions nor a stale worker ever win.
create table sales.loaded (
  table_name text collate "C" not null,
  partition text collate "C" not null, -- the month, as 2026-10; all for a dimension
  materialization_id uuid not null,
  sequence bigint not null,
  run_id uuid not null,
  activity_id text not null,
  attempt int not null,
  rows bigint not null,
  total numeric(18,2),
  loaded_at timestamptz not null default clock_timestamp(),
  analyzed_at timestamptz, -- null until the planner's statistics are of these rows
  primary key (table_name, partition)
);
