-- workload: top_sales_people
-- kind: month
-- question: Which sales people sold most in the month?
select
  m.rank,
  m.sales_person_id,
  m.total_sales,
  m.sales
from sales.mart_sales_monthly as m
where m.month = :month
  and m.rank is not null
order by m.rank
limit 20
