-- asset: fact_sales
-- grain: one row per sale that breaks a rule of the columns
-- reads: fact_sales
-- units: price and total_cost in the currency of the source
select customer_key, store_key, sales_person_key, date_key, price, quantity, total_cost
from fact_sales
where customer_key is null or store_key is null or sales_person_key is null or date_key is null
  or price is null or quantity is null or total_cost is null or quantity = 0
  or quantity > 0 and total_cost < 0
  or quantity < 0 and total_cost > 0
