-- asset: versions
-- grain: one row per key of one dimension that is null or there twice
-- reads: versions
-- units: versions counted
select member_key, count(*) as versions
from versions
group by member_key
having member_key is null or count(*) > 1
