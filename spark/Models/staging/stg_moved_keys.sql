-- asset: stg_moved_keys
-- grain: one row per key of one dimension that sales of the month no longer have
-- reads: versions_before, stg_versions
-- units: none
select
  was.member_key as old_key,
  now.member_key as new_key
from versions_before as was
inner join stg_versions as now on now.member_id = was.member_id
where was.member_key <> now.member_key
  and was.valid_from <= cast(:partition_start as date) and was.valid_to > cast(:partition_start as date)
  and now.valid_from <= cast(:partition_start as date) and now.valid_to > cast(:partition_start as date)
