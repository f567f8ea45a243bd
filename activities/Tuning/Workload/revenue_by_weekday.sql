-- workload: revenue_by_weekday
-- kind: month
-- question: How much was sold on each day of the week in the month?
select
  d.day_of_week,
  sum(f.total_cost) as total_sales
from sales.fact_sales as f
join sales.dim_date as d on d.date_key = f.date_key
where f.date_key >= :first_date_key
  and f.date_key < :end_date_key
group by d.day_of_week
order by d.day_of_week
