-- asset: stg_totals
-- grain: one row: what the month comes to at every hop
-- reads: stg_raw_days, stg_fact_days, mart_customer_monthly, mart_sales_monthly
-- units: totals in the currency of the source
select
  raw.sales as raw_sales,
  raw.total as raw_total,
  fact.sales as fact_sales,
  fact.total as fact_total,
  customers.sales as customer_sales,
  customers.total as customer_total,
  people.sales as sales_person_sales,
  people.total as sales_person_total
from (select coalesce(sum(sales), 0) as sales, coalesce(sum(total), 0) as total from stg_raw_days) as raw
cross join (select coalesce(sum(sales), 0) as sales, coalesce(sum(total), 0) as total from stg_fact_days) as fact
cross join (select coalesce(sum(sales), 0) as sales, coalesce(sum(total_purchase_cost), 0) as total from mart_customer_monthly) as customers
cross join (select coalesce(sum(sales), 0) as sales, coalesce(sum(total_sales), 0) as total from mart_sales_monthly) as people
