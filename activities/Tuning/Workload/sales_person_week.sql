-- workload: sales_person_week
-- kind: range
-- question: How much did this sales person sell on each day of the week?
-- parameter: sales_person = select sales_person_id from sales.mart_sales_monthly where month = :month and rank is not null order by rank offset (select count(*) / 2 from sales.mart_sales_monthly where month = :month and rank is not null) limit 1
-- parameter: first = select date_key from sales.dim_date where date = :month + 7
-- parameter: end = select date_key from sales.dim_date where date = :month + 14
select
  f.date_key,
  sum(f.total_cost) as total_sales,
  count(*) as sales
from sales.fact_sales as f
join sales.dim_sales_person as p on p.sales_person_key = f.sales_person_key
where p.sales_person_id = :sales_person
  and f.date_key >= :first
  and f.date_key < :end
group by f.date_key
order by f.date_key
