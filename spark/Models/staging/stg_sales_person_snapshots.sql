-- asset: stg_sales_person_snapshots
-- grain: one row per sales person and month of a snapshot
-- reads: raw_sales_people
-- units: none
select
  month,
  sales_person_id as member_id,
  team as attribute_1,
  cast(null as string) as attribute_2
from raw_sales_people
