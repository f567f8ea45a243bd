-- asset: dim_customer
-- grain: one row per version of a customer; key -1 is the unknown one
-- reads: stg_versions
-- units: valid_from and valid_to are days, half-open
select
  member_key as customer_key,
  member_id as customer_id,
  attribute_1 as segment,
  attribute_2 as city,
  valid_from,
  valid_to,
  is_current
from stg_versions
order by member_key
