-- workload: customer_months
-- kind: range
-- question: How did this customer's purchases develop over the last twelve months?
-- parameter: customer = select customer_id from sales.mart_customer_monthly where month = :month and rank is not null order by rank offset (select count(*) / 2 from sales.mart_customer_monthly where month = :month and rank is not null) limit 1
select
  m.month,
  m.total_purchase_cost,
  m.rank
from sales.mart_customer_monthly as m
where m.customer_id = :customer
  and m.month >= cast(:month - interval '11 months' as date)
  and m.month <= :month
order by m.month
