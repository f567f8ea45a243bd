-- asset: mart_customer_monthly
-- grain: one row per customer with a sale in the month; the unknown one has no rank
-- reads: fact_sales, dim_customer
-- units: total_purchase_cost in the currency of the source; rank 1 is the highest total, ties go by customer_id bytewise
with
by_key as (
  select customer_key, sum(cast(total_cost * 100 as bigint)) as cents, count(*) as sales
  from fact_sales
  group by customer_key
),
by_id as (
  select members.customer_id, cast(sum(by_key.cents) as bigint) as cents, sum(by_key.sales) as sales
  from by_key
  inner join dim_customer as members on members.customer_key = by_key.customer_key
  group by members.customer_id
),
ranked as (
  select
    customer_id,
    cents,
    sales,
    row_number() over (
      order by case when customer_id = '(unknown)' then 1 else 0 end, cents desc, customer_id
    ) as place
  from by_id
)
select
  cast(:partition_start as date) as month,
  customer_id,
  cast(cents * 0.01 as decimal(18, 2)) as total_purchase_cost,
  cast(sales as bigint) as sales,
  case when customer_id = '(unknown)' then null else cast(place as int) end as rank
from ranked
order by place
