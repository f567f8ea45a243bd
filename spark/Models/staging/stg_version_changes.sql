-- asset: stg_version_changes
-- grain: one row: what a merge did to one dimension
-- reads: versions_before, stg_versions
-- units: versions counted; highest_key is the highest key in use
select
  count(case when was.member_key is null then 1 end) as added,
  count(case when now.member_key is null then 1 end) as removed,
  count(case when was.member_key is not null and now.member_key is not null and (
    was.attribute_1 is distinct from now.attribute_1 or was.attribute_2 is distinct from now.attribute_2
    or was.valid_from <> now.valid_from or was.valid_to <> now.valid_to
  ) then 1 end) as changed,
  max(now.member_key) as highest_key
from versions_before as was
full outer join stg_versions as now on now.member_key = was.member_key
