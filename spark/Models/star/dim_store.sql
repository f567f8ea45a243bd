-- asset: dim_store
-- grain: one row per version of a store; key -1 is the unknown one
-- reads: stg_versions
-- units: valid_from and valid_to are days, half-open
select
  member_key as store_key,
  member_id as store_id,
  attribute_1 as region,
  valid_from,
  valid_to,
  is_current
from stg_versions
order by member_key
