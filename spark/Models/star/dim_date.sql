-- asset: dim_date
-- grain: one row per day, from first_day to before end_day, without gaps
-- reads: none
-- units: day_of_week is 1 for Monday to 7 for Sunday
with
digits as (
  select column_0 as digit from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as listed (column_0)
),
millions as (
  -- Digits that lead beyond the last day are left out at every place: far months cost what they are long, near ones nothing.
  select digit * 1000000 as number
  from digits
  where cast(:first_day as date) + cast(digit * 1000000 as int) < cast(:end_day as date)
),
hundred_thousands as (
  select before.number + digits.digit * 100000 as number
  from millions as before
  cross join digits
  where cast(:first_day as date) + cast(before.number + digits.digit * 100000 as int) < cast(:end_day as date)
),
ten_thousands as (
  select before.number + digits.digit * 10000 as number
  from hundred_thousands as before
  cross join digits
  where cast(:first_day as date) + cast(before.number + digits.digit * 10000 as int) < cast(:end_day as date)
),
thousands as (
  select before.number + digits.digit * 1000 as number
  from ten_thousands as before
  cross join digits
  where cast(:first_day as date) + cast(before.number + digits.digit * 1000 as int) < cast(:end_day as date)
),
numbers as (
  select before.number + hundreds.digit * 100 + tens.digit * 10 + ones.digit as number
  from thousands as before
  cross join digits as hundreds
  cross join digits as tens
  cross join digits as ones
),
days as (
  select cast(:first_day as date) + cast(number as int) as day
  from numbers
  where cast(:first_day as date) + cast(number as int) < cast(:end_day as date)
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
