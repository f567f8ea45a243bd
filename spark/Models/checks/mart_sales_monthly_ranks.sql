-- asset: mart_sales_monthly
-- grain: one row per rank that is missing, there twice or out of order
-- reads: mart_sales_monthly
-- units: totals in the currency of the source
with
placed as (
  select
    sales_person_id,
    total_sales,
    rank,
    row_number() over (
      order by case when sales_person_id = '(unknown)' then 1 else 0 end, total_sales desc, sales_person_id
    ) as expected_rank
  from mart_sales_monthly
)
select sales_person_id, total_sales, rank, expected_rank
from placed
where sales_person_id <> '(unknown)' and rank is distinct from expected_rank
  or sales_person_id = '(unknown)' and rank is not null
