-- asset: dim_date
-- grain: one row per day that is there twice, or does not follow the day before it
-- reads: dim_date
-- units: date keys are yyyymmdd
with
placed as (
  select date_key, date, lag(date) over (order by date) as day_before
  from dim_date
)
select date_key, date, day_before
from placed
where date is null or date_key is null or date <> day_before + 1
