-- asset: top_customers
-- grain: one row per place of the month, best first
-- reads: mart_customer_monthly
-- units: total in the currency of the source; parameters places and minimum are explained in README.md
select rank, customer_id as id, total_purchase_cost as total, sales
from mart_customer_monthly
where rank <= cast(:places as int) and total_purchase_cost >= cast(:minimum as decimal(18, 2))
order by rank
