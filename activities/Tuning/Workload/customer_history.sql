-- workload: customer_history
-- kind: point
-- question: What did this customer buy, newest first, and where?
-- parameter: customer = select customer_id from sales.mart_customer_monthly where month = :month and rank is not null order by rank offset (select count(*) / 2 from sales.mart_customer_monthly where month = :month and rank is not null) limit 1
select
  d.date,
  s.store_id,
  f.quantity,
  f.total_cost
from sales.dim_customer as c
join sales.fact_sales as f on f.customer_key = c.customer_key
join sales.dim_date as d on d.date_key = f.date_key
join sales.dim_store as s on s.store_key = f.store_key
where c.customer_id = :customer
order by d.date desc
