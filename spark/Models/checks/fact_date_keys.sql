-- asset: fact_sales
-- grain: one row per date_key that is not in dim_date, or lies outside the month
-- reads: fact_sales, dim_date
-- units: sales counted
with
used as (
  select date_key, count(*) as sales
  from fact_sales
  group by date_key
)
select used.date_key, used.sales, days.date
from used
left join dim_date as days on days.date_key = used.date_key
where days.date_key is null or days.date < cast(:partition_start as date) or days.date >= cast(:partition_end as date)
