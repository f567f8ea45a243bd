-- asset: mart_sales_monthly
-- grain: one row per sales person with a sale in the month; the unknown one has no rank
-- reads: fact_sales, dim_sales_person
-- units: total_sales in the currency of the source; rank 1 is the highest total, ties go by sales_person_id bytewise
with
by_key as (
  select sales_person_key, sum(cast(total_cost * 100 as bigint)) as cents, count(*) as sales
  from fact_sales
  group by sales_person_key
),
by_id as (
  select members.sales_person_id, cast(sum(by_key.cents) as bigint) as cents, sum(by_key.sales) as sales
  from by_key
  inner join dim_sales_person as members on members.sales_person_key = by_key.sales_person_key
  group by members.sales_person_id
),
ranked as (
  select
    sales_person_id,
    cents,
    sales,
    row_number() over (
      order by case when sales_person_id = '(unknown)' then 1 else 0 end, cents desc, sales_person_id
    ) as place
  from by_id
)
select
  cast(:partition_start as date) as month,
  sales_person_id,
  cast(cents * 0.01 as decimal(18, 2)) as total_sales,
  cast(sales as bigint) as sales,
  case when sales_person_id = '(unknown)' then null else cast(place as int) end as rank
from ranked
order by place
