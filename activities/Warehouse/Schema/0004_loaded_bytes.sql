-- Bytes of the rows as they were loaded, without indexes; null where an older version loaded them. A size that is recorded cannot be asked
-- of
-- a table that another load replaces meanwhile.
alter table sales.loaded add column bytes bigint;
