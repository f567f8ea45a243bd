-- asset: fact_sales
-- grain: one row per sale of the month, with the keys that its members have now
-- reads: fact_sales_before, moved_customers, moved_stores, moved_sales_people
-- units: price and total_cost in the currency of the source
select
  coalesce(customers.new_key, sales.customer_key) as customer_key,
  coalesce(stores.new_key, sales.store_key) as store_key,
  coalesce(people.new_key, sales.sales_person_key) as sales_person_key,
  sales.date_key,
  sales.price,
  sales.quantity,
  sales.total_cost
from fact_sales_before as sales
left join moved_customers as customers on customers.old_key = sales.customer_key
left join moved_stores as stores on stores.old_key = sales.store_key
left join moved_sales_people as people on people.old_key = sales.sales_person_key
