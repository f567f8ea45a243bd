-- asset: fact_sales
-- grain: one row per sale of the month
-- reads: raw_sales, dim_customer, dim_store, dim_sales_person
-- units: price and total_cost in the currency of the source
with
customers as (
  select customer_key, customer_id, valid_from, valid_to
  from dim_customer
  where valid_from < cast(:partition_end as date) and valid_to > cast(:partition_start as date)
),
stores as (
  select store_key, store_id, valid_from, valid_to
  from dim_store
  where valid_from < cast(:partition_end as date) and valid_to > cast(:partition_start as date)
),
people as (
  select sales_person_key, sales_person_id, valid_from, valid_to
  from dim_sales_person
  where valid_from < cast(:partition_end as date) and valid_to > cast(:partition_start as date)
)
select
  coalesce(customers.customer_key, -1) as customer_key,
  coalesce(stores.store_key, -1) as store_key,
  coalesce(people.sales_person_key, -1) as sales_person_key,
  cast(
    extract(year from sales.sales_date) * 10000 + extract(month from sales.sales_date) * 100 + extract(day from sales.sales_date) as int
  ) as date_key,
  sales.price,
  sales.quantity,
  sales.total_cost
from raw_sales as sales
left join customers
  on customers.customer_id = sales.customer_id and sales.sales_date >= customers.valid_from and sales.sales_date < customers.valid_to
left join stores
  on stores.store_id = sales.store_id and sales.sales_date >= stores.valid_from and sales.sales_date < stores.valid_to
left join people
  on people.sales_person_id = sales.sales_person_id and sales.sales_date >= people.valid_from and sales.sales_date < people.valid_to
