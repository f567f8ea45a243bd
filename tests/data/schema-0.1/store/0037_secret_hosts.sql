-- The hosts that a secret may be sent to, as a list with commas; null for any.
alter table orchestrator.secret add column hosts text;
