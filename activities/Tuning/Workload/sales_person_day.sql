-- workload: sales_person_day
-- kind: point
-- question: What did this sales person sell on this day?
-- parameter: sales_person = select sales_person_id from sales.mart_sales_monthly where month = :month and rank is not null order by rank offset (select count(*) / 2 from sales.mart_sales_monthly where month = :month and rank is not null) limit 1
-- parameter: date_key = select date_key from sales.dim_date where date = :month + 14
select
  f.customer_key,
  f.store_key,
  f.quantity,
  f.total_cost
from sales.fact_sales as f
join sales.dim_sales_person as p on p.sales_person_key = f.sales_person_key
where p.sales_person_id = :sales_person
  and f.date_key = :date_key
