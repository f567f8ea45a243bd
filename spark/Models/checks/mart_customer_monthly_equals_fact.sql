-- asset: mart_customer_monthly
-- grain: one row per customer_id whose sales or total differ from the fact table's, or that is there twice
-- reads: stg_fact_customers, dim_customer, mart_customer_monthly
-- units: totals in the currency of the source
with
kept as (
  select members.customer_id, sum(by_key.total) as total, sum(by_key.sales) as sales, 1 as places
  from stg_fact_customers as by_key
  inner join dim_customer as members on members.customer_key = by_key.customer_key
  group by members.customer_id
),
shown as (
  select customer_id, sum(total_purchase_cost) as total, sum(sales) as sales, count(*) as places
  from mart_customer_monthly
  group by customer_id
)
select
  coalesce(kept.customer_id, shown.customer_id) as customer_id,
  kept.sales as fact_sales,
  shown.sales as mart_sales,
  kept.total as fact_total,
  shown.total as mart_total,
  shown.places as mart_rows
from kept
full outer join shown on shown.customer_id = kept.customer_id
where kept.sales is distinct from shown.sales or kept.total is distinct from shown.total or kept.places is distinct from shown.places
