-- workload: customer_at_store
-- kind: point
-- question: What did this customer buy in this store in the month?
-- parameter: customer = select customer_id from sales.mart_customer_monthly where month = :month and rank is not null order by rank offset (select count(*) / 2 from sales.mart_customer_monthly where month = :month and rank is not null) limit 1
-- parameter: store = select store_id from sales.dim_store where is_current and store_key > 0 order by store_id offset (select count(*) / 2 from sales.dim_store where is_current and store_key > 0) limit 1
select
  f.date_key,
  f.quantity,
  f.total_cost
from sales.fact_sales as f
join sales.dim_customer as c on c.customer_key = f.customer_key
join sales.dim_store as s on s.store_key = f.store_key
where c.customer_id = :customer
  and s.store_id = :store
  and f.date_key >= :first_date_key
  and f.date_key < :end_date_key
