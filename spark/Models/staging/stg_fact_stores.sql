-- asset: stg_fact_stores
-- grain: one row per store_key with a sale in the month
-- reads: fact_sales
-- units: first_day and last_day are date keys, yyyymmdd
select
  store_key,
  min(date_key) as first_day,
  max(date_key) as last_day,
  count(*) as sales
from fact_sales
group by store_key
