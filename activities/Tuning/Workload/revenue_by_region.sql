-- workload: revenue_by_region
-- kind: month
-- question: How much did each region sell in the month?
select
  s.region,
  sum(f.total_cost) as total_sales
from sales.fact_sales as f
join sales.dim_store as s on s.store_key = f.store_key
where f.date_key >= :first_date_key
  and f.date_key < :end_date_key
group by s.region
order by s.region
