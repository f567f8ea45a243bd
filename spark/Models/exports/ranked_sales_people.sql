-- asset: ranked_sales_people
-- grain: one row: how many places the month has
-- reads: mart_sales_monthly
-- units: places counted
select coalesce(max(rank), 0) as places
from mart_sales_monthly
