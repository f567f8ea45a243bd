-- asset: fact_sales
-- grain: one row per date_key that is not in dim_date, or lies outside the month
-- reads: stg_fact_days, dim_date
-- units: sales counted
select used.date_key, used.sales, days.date
from stg_fact_days as used
left join dim_date as days on days.date_key = used.date_key
where days.date_key is null or days.date < cast(:partition_start as date) or days.date >= cast(:partition_end as date)
