-- asset: stg_store_snapshots
-- grain: one row per store and month of a snapshot
-- reads: raw_stores
-- units: none
select
  month,
  store_id as member_id,
  region as attribute_1,
  cast(null as string) as attribute_2
from raw_stores
