-- The warehouse: star schema and marts as readers see them. Every table is partitioned, so that one way of replacing data serves all:
-- rows are staged beside the table and attached in its place. A dimension has one partition that holds all of its rows; facts and marts
-- have one a month. Codes compare bytewise (collate "C"), as they do in the object store. Money is in the currency of the source.

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
