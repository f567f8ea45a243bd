-- asset: stg_customer_sales
-- grain: one row per customer with a sale
-- reads: raw_sales
-- units: none
select distinct
  customer_id as member_id
from raw_sales
where customer_id is not null
