-- asset: dim_sales_person
-- grain: one row per version of a sales person; key -1 is the unknown one
-- reads: stg_versions
-- units: valid_from and valid_to are days, half-open
select
  member_key as sales_person_key,
  member_id as sales_person_id,
  attribute_1 as team,
  valid_from,
  valid_to,
  is_current
from stg_versions
order by member_key
