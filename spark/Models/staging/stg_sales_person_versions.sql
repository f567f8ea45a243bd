-- asset: stg_sales_person_versions
-- grain: one row per version of a sales person
-- reads: dim_sales_person
-- units: valid_from and valid_to are days, half-open
select
  sales_person_key as member_key,
  sales_person_id as member_id,
  team as attribute_1,
  cast(null as string) as attribute_2,
  valid_from,
  valid_to,
  is_current
from dim_sales_person
