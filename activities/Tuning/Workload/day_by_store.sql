-- workload: day_by_store
-- kind: range
-- question: How much did each store sell on this day?
-- parameter: date_key = select date_key from sales.dim_date where date = :month + 14
select
  s.store_id,
  sum(f.total_cost) as total_sales
from sales.fact_sales as f
join sales.dim_store as s on s.store_key = f.store_key
where f.date_key = :date_key
group by s.store_id
order by s.store_id
