-- asset: mart_customer_monthly
-- grain: one row per rank that is missing, there twice or out of order
-- reads: mart_customer_monthly
-- units: totals in the currency of the source
with
placed as (
  select
    customer_id,
    total_purchase_cost,
    rank,
    row_number() over (
      order by case when customer_id = '(unknown)' then 1 else 0 end, total_purchase_cost desc, customer_id
    ) as expected_rank
  from mart_customer_monthly
)
select customer_id, total_purchase_cost, rank, expected_rank
from placed
where customer_id <> '(unknown)' and rank is distinct from expected_rank
  or customer_id = '(unknown)' and rank is not null
