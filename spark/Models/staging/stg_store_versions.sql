-- asset: stg_store_versions
-- grain: one row per version of a store
-- reads: dim_store
-- units: valid_from and valid_to are days, half-open
select
  store_key as member_key,
  store_id as member_id,
  region as attribute_1,
  cast(null as string) as attribute_2,
  valid_from,
  valid_to,
  is_current
from dim_store
