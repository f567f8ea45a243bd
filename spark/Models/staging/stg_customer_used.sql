-- asset: stg_customer_used
-- grain: one row per id of a customer that a month which stays has a sale of, or shows
-- reads: versions_before, facts_kept, member_snapshots
-- units: none
select member_id
from versions_before
where member_key in (select customer_key from facts_kept)
union
select member_id
from member_snapshots
