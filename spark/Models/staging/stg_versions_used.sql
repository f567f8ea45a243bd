-- asset: stg_versions_used
-- grain: one row per version of a member of one dimension that is still in use; key -1 is the unknown member
-- reads: all_versions, members_used
-- units: valid_from and valid_to are days, half-open
select
  member_key,
  member_id,
  attribute_1,
  attribute_2,
  valid_from,
  valid_to,
  is_current
from all_versions
where member_key < 0 or member_id in (select member_id from members_used)
