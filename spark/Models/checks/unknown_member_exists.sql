-- asset: versions
-- grain: one row where the unknown member is missing, or is not what its key -1 promises
-- reads: versions
-- units: versions counted
with
unknown as (
  select count(*) as versions
  from versions
  where member_key = -1 and member_id = '(unknown)' and valid_from = date '0001-01-01' and valid_to = date '9999-12-31'
)
select versions
from unknown
where versions <> 1
