-- asset: stg_sales_person_sales
-- grain: one row per sales person with a sale
-- reads: raw_sales
-- units: none
select distinct
  sales_person_id as member_id
from raw_sales
where sales_person_id is not null
