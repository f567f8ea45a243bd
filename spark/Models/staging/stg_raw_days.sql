-- asset: stg_raw_days
-- grain: one row per day with a sale in the raw data
-- reads: raw_sales
-- units: total in the currency of the source; date_key is yyyymmdd
select
  cast(extract(year from sales_date) * 10000 + extract(month from sales_date) * 100 + extract(day from sales_date) as int) as date_key,
  count(*) as sales,
  cast(sum(cast(total_cost * 100 as bigint)) * 0.01 as decimal(18, 2)) as total
from raw_sales
group by sales_date
