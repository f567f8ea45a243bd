-- asset: stg_moved_sales
-- grain: one row: how many sales of the month have a key that moved
-- reads: fact_sales_before, moved_customers, moved_stores, moved_sales_people
-- units: sales counted
select count(*) as sales
from fact_sales_before as sales
left join moved_customers as customers on customers.old_key = sales.customer_key
left join moved_stores as stores on stores.old_key = sales.store_key
left join moved_sales_people as people on people.old_key = sales.sales_person_key
where customers.old_key is not null or stores.old_key is not null or people.old_key is not null
