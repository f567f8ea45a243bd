-- asset: mart_sales_monthly
-- grain: one row per sales_person_id whose sales or total differ from the fact table's, or that is there twice
-- reads: stg_fact_sales_people, dim_sales_person, mart_sales_monthly
-- units: totals in the currency of the source
with
kept as (
  select members.sales_person_id, sum(by_key.total) as total, sum(by_key.sales) as sales, 1 as places
  from stg_fact_sales_people as by_key
  inner join dim_sales_person as members on members.sales_person_key = by_key.sales_person_key
  group by members.sales_person_id
),
shown as (
  select sales_person_id, sum(total_sales) as total, sum(sales) as sales, count(*) as places
  from mart_sales_monthly
  group by sales_person_id
)
select
  coalesce(kept.sales_person_id, shown.sales_person_id) as sales_person_id,
  kept.sales as fact_sales,
  shown.sales as mart_sales,
  kept.total as fact_total,
  shown.total as mart_total,
  shown.places as mart_rows
from kept
full outer join shown on shown.sales_person_id = kept.sales_person_id
where kept.sales is distinct from shown.sales or kept.total is distinct from shown.total or kept.places is distinct from shown.places
