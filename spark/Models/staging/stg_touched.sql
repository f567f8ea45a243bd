-- asset: stg_touched
-- grain: one row per member of one dimension whose versions have to be worked out anew
-- reads: member_snapshots, versions_before, members_sold
-- units: parameter is_appended is explained in README.md
with
told as (
  -- A row without any attribute says nothing.
  select member_id, 'shown' as by_what, attribute_1, attribute_2
  from member_snapshots
  where month = cast(:partition_start as date) and (attribute_1 is not null or attribute_2 is not null)
  union all
  select member_id, 'valid' as by_what, attribute_1, attribute_2
  from versions_before
  where member_key >= 0 and valid_from <= cast(:partition_start as date) and valid_to > cast(:partition_start as date)
  union all
  select member_id, 'sold' as by_what, null as attribute_1, null as attribute_2
  from members_sold
),
compared as (
  select
    member_id,
    max(case when by_what = 'shown' then 1 else 0 end) as is_shown,
    max(case when by_what = 'valid' then 1 else 0 end) as is_valid,
    min(case when by_what = 'shown' then attribute_1 end) as shown_1,
    min(case when by_what = 'shown' then attribute_2 end) as shown_2,
    min(case when by_what = 'valid' then attribute_1 end) as valid_1,
    min(case when by_what = 'valid' then attribute_2 end) as valid_2
  from told
  where member_id <> '(unknown)'
  group by member_id
)
select member_id
from compared
where
  -- Somebody bought or sold, or is shown, who was not known;
  is_valid = 0
  -- the snapshot of the month says other than the dimension;
  or is_shown = 1 and (shown_1 is distinct from valid_1 or shown_2 is distinct from valid_2)
  -- or a month that is built again no longer shows what the dimension took from it.
  or is_shown = 0 and not cast(:is_appended as boolean) and (valid_1 is not null or valid_2 is not null)
