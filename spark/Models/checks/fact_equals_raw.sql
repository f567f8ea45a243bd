-- asset: fact_sales
-- grain: one row per day on which the fact table has other sales than the raw data
-- reads: raw_sales, fact_sales
-- units: totals in the currency of the source
with
sold as (
  select
    cast(extract(year from sales_date) * 10000 + extract(month from sales_date) * 100 + extract(day from sales_date) as int) as date_key,
    count(*) as sales,
    sum(total_cost) as total
  from raw_sales
  group by sales_date
),
kept as (
  select date_key, count(*) as sales, sum(total_cost) as total
  from fact_sales
  group by date_key
)
select
  coalesce(sold.date_key, kept.date_key) as date_key,
  sold.sales as raw_sales,
  kept.sales as fact_sales,
  sold.total as raw_total,
  kept.total as fact_total
from sold
full outer join kept on kept.date_key = sold.date_key
where sold.sales is distinct from kept.sales or sold.total is distinct from kept.total
