-- asset: stg_fact_customers
-- grain: one row per customer_key with a sale in the month
-- reads: fact_sales
-- units: total in the currency of the source; first_day and last_day are date keys, yyyymmdd
select
  customer_key,
  min(date_key) as first_day,
  max(date_key) as last_day,
  count(*) as sales,
  cast(sum(cast(total_cost * 100 as bigint)) * 0.01 as decimal(18, 2)) as total
from fact_sales
group by customer_key
