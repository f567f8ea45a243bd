-- asset: stg_nobody
-- grain: no row: nobody has a sale in a month that is forgotten
-- reads: versions_before
-- units: none
select member_id
from versions_before
where 1 = 0
