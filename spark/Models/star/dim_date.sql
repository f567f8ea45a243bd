-- asset: dim_date
-- grain: one row per day, from first_day to before end_day, without gaps
-- reads: none
-- units: day_of_week is 1 for Monday to 7 for Sunday
with
days as (
  select cast(:first_day as date) + cast(number as int) as day
  from range(0, cast(cast(:end_day as date) - cast(:first_day as date) as int)) as numbers (number)
),
placed as (
  select
    day,
    cast(date_trunc('week', day) as date) as monday
  from days
),
counted as (
  select
    day,
    case day
      when monday then 1
      when monday + 1 then 2
      when monday + 2 then 3
      when monday + 3 then 4
      when monday + 4 then 5
      when monday + 5 then 6
      else 7
    end as day_of_week
  from placed
)
select
  cast(extract(year from day) * 10000 + extract(month from day) * 100 + extract(day from day) as int) as date_key,
  day as date,
  cast(extract(year from day) as int) as year,
  cast(extract(quarter from day) as int) as quarter,
  cast(extract(month from day) as int) as month,
  cast(extract(day from day) as int) as day,
  day_of_week,
  day_of_week >= 6 as is_weekend
from counted
order by date_key
