-- asset: stg_versions
-- grain: one row per version of a member of one dimension; key -1 is the unknown member
-- reads: member_snapshots, versions_before, stg_touched
-- units: valid_from and valid_to are days, half-open; parameters is_appended and highest_key are explained in README.md
with
before as (
  select member_key, member_id, attribute_1, attribute_2, valid_from, valid_to from versions_before where member_key >= 0
),
observed as (
  -- A row without any attribute says nothing.
  select month, member_id, min(attribute_1) as attribute_1, min(attribute_2) as attribute_2, 0 as is_touched
  from member_snapshots
  where (attribute_1 is not null or attribute_2 is not null) and member_id <> '(unknown)'
  group by month, member_id
  union all
  -- Before a month that comes after all others, the versions say what the snapshots said.
  select valid_from as month, member_id, attribute_1, attribute_2, 0 as is_touched
  from before
  where cast(:is_appended as boolean) and (attribute_1 is not null or attribute_2 is not null)
  union all
  -- Marks whom it is about, and stands for those of whom nothing was observed.
  select date '0001-01-01' as month, member_id, null as attribute_1, null as attribute_2, 1 as is_touched
  from stg_touched
),
compared as (
  select
    month,
    member_id,
    attribute_1,
    attribute_2,
    is_touched,
    max(is_touched) over (partition by member_id) as has_touched,
    row_number() over (partition by member_id order by is_touched, month) as place,
    lag(attribute_1) over (partition by member_id order by is_touched, month) as attribute_1_before,
    lag(attribute_2) over (partition by member_id order by is_touched, month) as attribute_2_before
  from observed
),
starts as (
  -- What was known first is taken to have been so from the beginning: sales of earlier months find it.
  select
    member_id,
    attribute_1,
    attribute_2,
    case when place = 1 then date '0001-01-01' else month end as valid_from
  from compared
  where has_touched = 1 and (
    place = 1
    or is_touched = 0 and (attribute_1 is distinct from attribute_1_before or attribute_2 is distinct from attribute_2_before)
  )
),
versions as (
  select
    member_id,
    attribute_1,
    attribute_2,
    valid_from,
    coalesce(lead(valid_from) over (partition by member_id order by valid_from), date '9999-12-31') as valid_to
  from starts
),
claims as (
  -- The key of an old version goes on with the first new one that says the same of the same days, or says something where it said nothing.
  select
    before.member_key,
    versions.member_id,
    versions.attribute_1,
    versions.attribute_2,
    versions.valid_from,
    versions.valid_to,
    row_number() over (partition by before.member_key order by versions.valid_from) as place
  from versions
  left join before
    on before.member_id = versions.member_id
    and before.valid_from < versions.valid_to and versions.valid_from < before.valid_to
    and (
      before.attribute_1 is not distinct from versions.attribute_1 and before.attribute_2 is not distinct from versions.attribute_2
      or before.attribute_1 is null and before.attribute_2 is null
    )
),
kept as (
  select
    member_id,
    attribute_1,
    attribute_2,
    valid_from,
    valid_to,
    min(case when place = 1 then member_key end) as member_key
  from claims
  group by member_id, attribute_1, attribute_2, valid_from, valid_to
),
keyed as (
  select
    coalesce(
      member_key,
      cast(:highest_key as int) + row_number() over (
        partition by case when member_key is null then 1 else 0 end
        order by member_id, valid_from
      )
    ) as member_key,
    member_id,
    attribute_1,
    attribute_2,
    valid_from,
    valid_to
  from kept
),
merged as (
  select -1 as member_key, '(unknown)' as member_id, null as attribute_1, null as attribute_2, date '0001-01-01' as valid_from, date '9999-12-31' as valid_to
  union all
  select before.member_key, before.member_id, before.attribute_1, before.attribute_2, before.valid_from, before.valid_to
  from before
  left join stg_touched as touched on touched.member_id = before.member_id
  where touched.member_id is null
  union all
  select member_key, member_id, attribute_1, attribute_2, valid_from, valid_to
  from keyed
)
select
  cast(member_key as int) as member_key,
  member_id,
  attribute_1,
  attribute_2,
  valid_from,
  valid_to,
  valid_to = date '9999-12-31' as is_current
from merged
