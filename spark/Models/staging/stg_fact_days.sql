-- asset: stg_fact_days
-- grain: one row per day with a sale in the fact table
-- reads: fact_sales
-- units: total in the currency of the source; date_key is yyyymmdd
select
  date_key,
  count(*) as sales,
  cast(sum(cast(total_cost * 100 as bigint)) * 0.01 as decimal(18, 2)) as total
from fact_sales
group by date_key
