-- asset: fact_sales
-- grain: one row per day on which the fact table has other sales than the raw data
-- reads: stg_raw_days, stg_fact_days
-- units: totals in the currency of the source
select
  coalesce(sold.date_key, kept.date_key) as date_key,
  sold.sales as raw_sales,
  kept.sales as fact_sales,
  sold.total as raw_total,
  kept.total as fact_total
from stg_raw_days as sold
full outer join stg_fact_days as kept on kept.date_key = sold.date_key
where sold.sales is distinct from kept.sales or sold.total is distinct from kept.total
