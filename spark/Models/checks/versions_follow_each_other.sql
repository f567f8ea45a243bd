-- asset: versions
-- grain: one row per version that is empty, or does not begin where the one before it ends
-- reads: versions
-- units: valid_from and valid_to are days, half-open
with
placed as (
  select
    member_key,
    member_id,
    valid_from,
    valid_to,
    is_current,
    coalesce(lag(valid_to) over (partition by member_id order by valid_from, valid_to), date '0001-01-01') as expected_from,
    lead(valid_from) over (partition by member_id order by valid_from, valid_to) as next_from
  from versions
)
select member_key, member_id, valid_from, valid_to, is_current, expected_from
from placed
where member_id is null or valid_from is null or valid_to is null
  or valid_from <> expected_from or valid_from >= valid_to
  or (next_from is null) <> (valid_to = date '9999-12-31')
  or is_current is distinct from (valid_to = date '9999-12-31')
