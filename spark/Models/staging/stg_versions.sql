-- asset: stg_versions
-- grain: one row per version of a member of one dimension; key -1 is the unknown member
-- reads: member_snapshots, versions_before, stg_touched
-- units: valid_from and valid_to are days, half-open; parameters is_appended and highest_key are explained in README.md
with
snapshots as (
  -- A row without any attribute says nothing.
  select month, member_id, attribute_1, attribute_2
  from member_snapshots
  where (attribute_1 is not null or attribute_2 is not null) and member_id <> '(unknown)'
),
before as (
  select member_key, member_id, attribute_1, attribute_2, valid_from, valid_to from versions_before where member_key >= 0
),
observed as (
  select snapshots.month, snapshots.member_id, min(snapshots.attribute_1) as attribute_1, min(snapshots.attribute_2) as attribute_2
  from snapshots
  inner join stg_touched as touched on touched.member_id = snapshots.member_id
  group by snapshots.month, snapshots.member_id
  union all
  -- Before a month that comes after all others, the versions say what the snapshots said.
  select before.valid_from as month, before.member_id, before.attribute_1, before.attribute_2
  from before
  inner join stg_touched as touched on touched.member_id = before.member_id
  where cast(:is_appended as boolean) and (before.attribute_1 is not null or before.attribute_2 is not null)
),
compared as (
  select
    month,
    member_id,
    attribute_1,
    attribute_2,
    row_number() over (partition by member_id order by month) as place,
    lag(attribute_1) over (partition by member_id order by month) as attribute_1_before,
    lag(attribute_2) over (partition by member_id order by month) as attribute_2_before
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
  where place = 1 or attribute_1 is distinct from attribute_1_before or attribute_2 is distinct from attribute_2_before
  union all
  select touched.member_id, null as attribute_1, null as attribute_2, date '0001-01-01' as valid_from
  from stg_touched as touched
  left join observed on observed.member_id = touched.member_id
  where observed.member_id is null
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
    versions.valid_from,
    row_number() over (partition by before.member_key order by versions.valid_from) as place
  from versions
  inner join before on before.member_id = versions.member_id
  where before.valid_from < versions.valid_to and versions.valid_from < before.valid_to
    and (
      before.attribute_1 is not distinct from versions.attribute_1 and before.attribute_2 is not distinct from versions.attribute_2
      or before.attribute_1 is null and before.attribute_2 is null
    )
),
kept as (
  select member_id, valid_from, min(member_key) as member_key
  from claims
  where place = 1
  group by member_id, valid_from
),
keyed as (
  select
    coalesce(
      kept.member_key,
      cast(:highest_key as int) + row_number() over (
        partition by case when kept.member_key is null then 1 else 0 end
        order by versions.member_id, versions.valid_from
      )
    ) as member_key,
    versions.member_id,
    versions.attribute_1,
    versions.attribute_2,
    versions.valid_from,
    versions.valid_to
  from versions
  left join kept on kept.member_id = versions.member_id and kept.valid_from = versions.valid_from
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
