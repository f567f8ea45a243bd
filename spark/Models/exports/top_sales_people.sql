-- asset: top_sales_people
-- grain: one row per place of the month, best first
-- reads: mart_sales_monthly
-- units: total in the currency of the source; parameters places and minimum are explained in README.md
select rank, sales_person_id as id, total_sales as total, sales
from mart_sales_monthly
where rank <= cast(:places as int) and total_sales >= cast(:minimum as decimal(18, 2))
order by rank
