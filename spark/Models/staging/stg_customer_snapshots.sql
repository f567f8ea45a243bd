-- asset: stg_customer_snapshots
-- grain: one row per customer and month of a snapshot
-- reads: raw_customers
-- units: none
select
  month,
  customer_id as member_id,
  segment as attribute_1,
  city as attribute_2
from raw_customers
