-- asset: fact_sales
-- grain: one row per customer_key that is no version in dim_customer, or has sales on days outside of it
-- reads: stg_fact_customers, dim_customer
-- units: days are date keys, yyyymmdd
with
versions as (
  select
    customer_key,
    extract(year from valid_from) * 10000 + extract(month from valid_from) * 100 + extract(day from valid_from) as first_valid,
    extract(year from valid_to) * 10000 + extract(month from valid_to) * 100 + extract(day from valid_to) as first_invalid
  from dim_customer
)
select used.customer_key, used.first_day, used.last_day, used.sales, versions.first_valid, versions.first_invalid
from stg_fact_customers as used
left join versions on versions.customer_key = used.customer_key
where versions.customer_key is null or used.first_day < versions.first_valid or used.last_day >= versions.first_invalid
