-- asset: stg_touched
-- grain: one row per member of one dimension whose versions have to be worked out anew
-- reads: member_snapshots, versions_before, members_sold
-- units: parameter is_appended is explained in README.md
with
shown as (
  -- A row without any attribute says nothing.
  select member_id, attribute_1, attribute_2
  from member_snapshots
  where month = cast(:partition_start as date) and (attribute_1 is not null or attribute_2 is not null) and member_id <> '(unknown)'
),
valid as (
  select member_id, attribute_1, attribute_2
  from versions_before
  where member_key >= 0 and valid_from <= cast(:partition_start as date) and valid_to > cast(:partition_start as date)
)
-- The snapshot of the month says other than the dimension,
select shown.member_id
from shown
left join valid on valid.member_id = shown.member_id
where valid.member_id is null
  or shown.attribute_1 is distinct from valid.attribute_1
  or shown.attribute_2 is distinct from valid.attribute_2
union
-- a month that is built again may no longer show what the dimension took from it,
select valid.member_id
from valid
left join shown on shown.member_id = valid.member_id
where shown.member_id is null and not cast(:is_appended as boolean)
  and (valid.attribute_1 is not null or valid.attribute_2 is not null)
union
-- or somebody bought or sold whom no snapshot has shown yet.
select sold.member_id
from members_sold as sold
left join valid on valid.member_id = sold.member_id
where valid.member_id is null and sold.member_id <> '(unknown)'
