-- asset: stg_customer_versions
-- grain: one row per version of a customer
-- reads: dim_customer
-- units: valid_from and valid_to are days, half-open
select
  customer_key as member_key,
  customer_id as member_id,
  segment as attribute_1,
  city as attribute_2,
  valid_from,
  valid_to,
  is_current
from dim_customer
