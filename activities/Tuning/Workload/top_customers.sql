-- workload: top_customers
-- kind: month
-- question: Which customers bought most in the month?
select
  m.rank,
  m.customer_id,
  m.total_purchase_cost,
  m.sales
from sales.mart_customer_monthly as m
where m.month = :month
  and m.rank is not null
order by m.rank
limit 20
