-- asset: fact_sales
-- grain: one row per sales_person_key that is no version in dim_sales_person, or has sales on days outside of it
-- reads: stg_fact_sales_people, dim_sales_person
-- units: days are date keys, yyyymmdd
with
versions as (
  select
    sales_person_key,
    extract(year from valid_from) * 10000 + extract(month from valid_from) * 100 + extract(day from valid_from) as first_valid,
    extract(year from valid_to) * 10000 + extract(month from valid_to) * 100 + extract(day from valid_to) as first_invalid
  from dim_sales_person
)
select used.sales_person_key, used.first_day, used.last_day, used.sales, versions.first_valid, versions.first_invalid
from stg_fact_sales_people as used
left join versions on versions.sales_person_key = used.sales_person_key
where versions.sales_person_key is null or used.first_day < versions.first_valid or used.last_day >= versions.first_invalid
