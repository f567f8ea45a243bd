-- asset: stg_store_used
-- grain: one row per id of a store that a month which stays has a sale of, or shows
-- reads: versions_before, facts_kept, member_snapshots
-- units: none
select member_id
from versions_before
where member_key in (select store_key from facts_kept)
union
select member_id
from member_snapshots
