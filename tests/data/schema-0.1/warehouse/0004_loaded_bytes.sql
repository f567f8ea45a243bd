-- Bytes of the rows as they were loaded, without indexes; null if an older version loaded them.
-- A size that is recorded need not be asked of a table that another load replaces meanwhile.
alter table sales.loaded add column bytes bigint;
