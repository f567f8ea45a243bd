-- asset: stg_store_sales
-- grain: one row per store with a sale
-- reads: raw_sales
-- units: none
select distinct
  store_id as member_id
from raw_sales
where store_id is not null
