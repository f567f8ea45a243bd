-- asset: stg_fact_days
-- grain: one row per day with a sale in the fact table
-- reads: fact_sales
-- units: total in the currency of the source; date_key is yyyymmdd
select
  date_key,
  count(*) as sales,
  sum(total_cost) as total
from fact_sales
group by date_key
