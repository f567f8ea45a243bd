-- asset: stg_moved_spans
-- grain: one row per span of days in which a member of one dimension has another key than before
-- reads: versions_before, stg_versions
-- units: span_start and span_end are days, half-open
select distinct
  greatest(was.valid_from, now.valid_from) as span_start,
  least(was.valid_to, now.valid_to) as span_end
from versions_before as was
inner join stg_versions as now on now.member_id = was.member_id
where was.member_key <> now.member_key and was.valid_from < now.valid_to and now.valid_from < was.valid_to
