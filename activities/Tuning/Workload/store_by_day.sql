-- workload: store_by_day
-- kind: range
-- question: How much did this store sell on each day of the month?
-- parameter: store = select store_id from sales.dim_store where is_current and store_key > 0 order by store_id offset (select count(*) / 2 from sales.dim_store where is_current and store_key > 0) limit 1
select
  f.date_key,
  sum(f.total_cost) as total_sales,
  count(*) as sales
from sales.fact_sales as f
join sales.dim_store as s on s.store_key = f.store_key
where s.store_id = :store
  and f.date_key >= :first_date_key
  and f.date_key < :end_date_key
group by f.date_key
order by f.date_key
