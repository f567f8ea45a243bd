-- asset: ranked_customers
-- grain: one row: how many places the month has
-- reads: mart_customer_monthly
-- units: places counted
select coalesce(max(rank), 0) as places
from mart_customer_monthly
