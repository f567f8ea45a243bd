-- workload: customer_rank
-- kind: point
-- question: Which rank has this customer in the month, with how much and how many purchases?
-- parameter: customer = select customer_id from sales.mart_customer_monthly where month = :month and rank is not null order by rank offset (select count(*) / 2 from sales.mart_customer_monthly where month = :month and rank is not null) limit 1
select
  m.rank,
  m.total_purchase_cost,
  m.sales
from sales.mart_customer_monthly as m
where m.month = :month
  and m.customer_id = :customer
